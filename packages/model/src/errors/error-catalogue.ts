/**
 * Every error code with what to do about it. The call site holds the facts, the catalogue the remedy.
 *
 * Codes are stable: never rename or reuse one. `packages/runtime/docs/errors.md` lists the same codes; a test
 * compares the two in both directions.
 */
export interface ErrorEntry {
  /** One sentence: what to do next. */
  readonly hint: string;
  /** True when the same call may succeed later without a change. */
  readonly retryable: boolean;
}

export const ERROR_CATALOGUE = {
  // Writes and documents
  DUPLICATE_KEY: { hint: 'Use another value, or update the document that holds it.', retryable: false },
  VALIDATION_FAILED: { hint: 'Correct the listed fields; nothing was written.', retryable: false },
  ASYNC_RULE: {
    hint: 'Make the rule synchronous, or check it before the write: a write cannot wait for a promise.',
    retryable: false,
  },
  SEQUENCE_EXHAUSTED: {
    hint: 'Set the ids yourself, or begin a new collection: numbers above 2^53 - 1 are not exact.',
    retryable: false,
  },
  DOCUMENT_NOT_FOUND: { hint: 'Check the key, or use `get`, `upsert` or `insertIfAbsent`.', retryable: false },
  REVISION_MISMATCH: { hint: 'Read the document again and repeat the change.', retryable: true },
  DOCUMENT_RELEASED: {
    hint: 'Begin the next draft with `revise(key)` and change that, or change the lifetime alone.',
    retryable: false,
  },
  DOCUMENT_NOT_RELEASED: {
    hint: 'Release the document with `release(key)`, or ask `history(key)` which releases there are.',
    retryable: false,
  },
  TRANSITION_REFUSED: { hint: 'Go to one of the states in the fact `allowed`.', retryable: false },
  INVALID_KEY: { hint: 'Give a key of the type of the id field.', retryable: false },
  KEY_CHANGED: { hint: 'A key never changes: insert a new document and delete the old one.', retryable: false },
  INVALID_INDEX_VALUE: {
    hint: 'Give a value of the type that the index holds. NaN has no place in an order.',
    retryable: false,
  },
  READ_ONLY_VIEW: { hint: 'Write to the collection of the documents: the rows of its views follow.', retryable: false },
  VIEW_FAILED: {
    hint: 'Correct the getter or condition that threw, which the cause names; it must be pure, and hold for all documents.',
    retryable: false,
  },
  VIEW_ENDED: {
    hint: 'Read inside the function what you need, and return that: a value, or a copy such as `{ ...player }`.',
    retryable: false,
  },
  READ_ONLY_READER: {
    hint: 'Write through the database that the reader follows, in its thread: the reader shows it once it has advanced.',
    retryable: false,
  },
  READ_ONLY_VALUE: { hint: 'Documents are shared and frozen: change them through the repository.', retryable: false },
  RANGE_EXHAUSTED: {
    hint: 'Insert the document under another key, or move it to a new database with `dump` and `import`.',
    retryable: false,
  },
  DOCUMENT_DAMAGED: {
    hint: "Open the directory once with `recovery: 'salvage'`, which reads the whole image and goes back to the one before it; else take the document from a backup.",
    retryable: false,
  },
  DOCUMENT_UNREADABLE: {
    hint: 'See to the disk that the cause names, and read again: nothing was changed.',
    retryable: true,
  },
  BLOB_MISSING: {
    hint: 'Put the bytes with `db.blobs.put` first, and give the document the reference that it answers.',
    retryable: false,
  },
  BLOB_DAMAGED: {
    hint: 'Put the same bytes again: they take the place of the damaged ones. If you have them no longer, take the blob from a backup.',
    retryable: false,
  },
  BLOB_TOO_LARGE: {
    hint: 'Make the file smaller, or raise `maxBlobBytes` or `maxUploadBytes` of the server.',
    retryable: false,
  },
  // References
  REFERENCE_MISSING: {
    hint: 'Insert the document that is referred to in the same transaction or before, or give the key of one that is there.',
    retryable: false,
  },
  REFERENCED: {
    hint: 'Delete or change the documents that refer to it first, in the same transaction, or say `onDelete` in their class.',
    retryable: false,
  },
  // Queries
  UNINDEXED_FIELD: {
    hint: 'Ask for a field that has an index, give the field the decorator that is missing (@Index, @Tag or @Range), or use `filter`.',
    retryable: false,
  },
  INVALID_QUERY: { hint: 'Correct the query as the message says.', retryable: false },
  // Transactions and life cycle
  INVALID_OPTION: { hint: 'See the options in the documentation.', retryable: false },
  TRANSACTION_ENDED: { hint: 'Write inside the transaction function only, and keep it synchronous.', retryable: false },
  ABORTED: { hint: 'Nothing was written. Repeat the call if you still want the write.', retryable: true },
  CHANGES_GONE: {
    hint: 'If the error has the fact `resumeCursor`, go on from it. If not, read the documents again (`db.snapshot()` has a seq) and go on from that seq.',
    retryable: false,
  },
  DATABASE_CLOSED: { hint: 'Open the database again.', retryable: false },
  DATABASE_FAILED: { hint: 'Fix the cause, then close and reopen the database.', retryable: false },
  DATABASE_LOCKED: { hint: 'Close the other opener, or use another directory.', retryable: true },
  READER_ENDED: {
    hint: 'Open another reader with a new port of the database, once that is open.',
    retryable: false,
  },
  SHARED_MEMORY_MISSING: {
    hint: 'In a browser, serve the page with the headers `Cross-Origin-Opener-Policy: same-origin` and `Cross-Origin-Embedder-Policy: require-corp`; or follow the database as a replica, which needs no shared memory.',
    retryable: false,
  },
  DIRECTORY_UNUSABLE: {
    hint: 'Give a directory as the message asks for, which this process can create, read and write.',
    retryable: false,
  },
  DIRECTORY_GONE: {
    hint: 'Close the database and open the directory at its new place. Move or replace a directory only while it is closed.',
    retryable: false,
  },
  TOO_MUCH_PENDING: {
    hint: 'Await each write, or `await db.drained()` between writes, so that the disk can keep up.',
    retryable: true,
  },
  MEMORY_LIMIT: {
    hint: 'Delete documents, set `cacheBytes`, or give the process more memory and raise `maxMemoryBytes`.',
    retryable: false,
  },
  // Nodes that share a journal
  JOURNAL_UNSAFE: {
    hint: 'Change the setting that the message names, or give `unsafe: true` (`--unsafe` in the shell) to accept that acknowledged writes may be lost.',
    retryable: false,
  },
  JOURNAL_UNREACHABLE: {
    hint: 'Repair the connection to the engine. The node goes on by itself, and reads go on meanwhile.',
    retryable: true,
  },
  JOURNAL_DRIVER_MISSING: { hint: 'Install what the message names, beside Nuthatch.', retryable: false },
  JOURNAL_NOT_FOUND: {
    hint: 'Check the name, and the server. Opening a node makes a new journal, `nuthatch cluster import` one of a directory.',
    retryable: false,
  },
  JOURNAL_UNFINISHED: {
    hint: 'Wait for `nuthatch cluster import` or `adopt`, or run it again if it was interrupted.',
    retryable: true,
  },
  JOURNAL_CONTENDED: {
    hint: 'Repeat the write later, or let one node write to these documents.',
    retryable: true,
  },
  JOURNAL_DIVERGED: {
    hint: 'Do not delete the directory of this node: it holds what the journal lost. `nuthatch cluster diff` shows it, `nuthatch cluster adopt` goes on.',
    retryable: false,
  },
  // On disk
  BACKUP_UNFINISHED: {
    hint: 'Back up to this directory again, or open it with `recovery: "salvage"` to keep what can be read.',
    retryable: false,
  },
  JOURNAL_DAMAGED: {
    hint: 'Restore a backup, or open with `recovery: "salvage"` to keep what can be read. Nodes of a shared journal take no salvage: make a new journal of the directory of one.',
    retryable: false,
  },
  JOURNAL_WRITE_FAILED: { hint: 'Free space on the disk or repair it, then reopen the database.', retryable: false },
  FORMAT_UNSUPPORTED: {
    hint: 'Open the directory with the version of Nuthatch that wrote it, or a newer one.',
    retryable: false,
  },
  SEED_FAILED: {
    hint: 'Correct the seed and run `npx nuthatch seed` again: what it has put already is replaced, not doubled.',
    retryable: false,
  },
  DUMP_INVALID: { hint: 'Correct the line that the message names, or dump again.', retryable: false },
  ENCRYPTION_KEY_REQUIRED: {
    hint: 'Set the option `encryption` to the key whose key id the message names. Nothing was changed on disk.',
    retryable: true,
  },
  ENCRYPTION_KEY_WRONG: {
    hint: 'Give the key that was used with the key id in the message. Nothing was changed on disk.',
    retryable: false,
  },
  RESTORE_OUT_OF_RANGE: {
    hint: 'Choose a seq or time within the range that the message names, or restore from an older backup.',
    retryable: false,
  },
  TRANSACTION_TOO_LARGE: { hint: 'Split the transaction, or raise `maxFrameBytes`.', retryable: false },
  MODEL_MISMATCH: { hint: 'Run `npx nuthatch generate` and build again.', retryable: false },
  MIGRATION_REQUIRED: {
    hint: 'Run `npx nuthatch generate` and fill in the migration that it writes, or run `npx nuthatch migrate up`.',
    retryable: false,
  },
  MIGRATION_FAILED: {
    hint: 'Correct the migration that the message names. Nothing was changed on disk.',
    retryable: false,
  },
  MIGRATION_IRREVERSIBLE: {
    hint: 'Write the function `down` of the migration that the message names, or restore the backup that `migrate up` made.',
    retryable: false,
  },
  READER_TOO_OLD: {
    hint: 'Run the version of your program that wrote the data, or a newer one. Nothing was changed on disk.',
    retryable: false,
  },
  MIGRATION_INCOMPLETE: {
    hint: 'Write the missing value into the migration that the message names.',
    retryable: false,
  },
  MIGRATION_CONFLICT: {
    hint: 'Keep one of the two migrations, delete the folder of the other, and generate again.',
    retryable: false,
  },
  // Copy, load and mirror
  COPY_FAILED: { hint: 'Fix what the cause says and run it again. It continues where it stopped.', retryable: false },
  COPY_TARGET_UNREACHABLE: { hint: 'Start the server or check its address, then run it again.', retryable: true },
  COPY_TARGET_BUSY: { hint: 'Run it again when the other writer has finished with these tables.', retryable: true },
  COPY_ACCESS_DENIED: { hint: 'Check the user, the password and the rights of the connection.', retryable: false },
  COPY_TARGET_MISMATCH: {
    hint: 'Correct or drop the tables that the message names, or copy to another schema or prefix.',
    retryable: false,
  },
  COPY_VALUE_REFUSED: { hint: 'Change the value, or leave the collection out of the copy.', retryable: false },
  COPY_VERIFY_FAILED: { hint: 'Look for another writer to these tables, then copy again.', retryable: false },
  COPY_DRIVER_MISSING: { hint: 'Install the package that the message names, beside Nuthatch.', retryable: false },
  LOAD_CONFLICT: {
    hint: "Load with `conflict: 'skip'` or `'overwrite'`, or into an empty database.",
    retryable: false,
  },
  LOAD_REJECTED: { hint: 'Correct the rows, or set `rejectedFile` to load the other rows.', retryable: false },
  // Models and generator
  INVALID_MODEL: { hint: 'Correct the class as the diagnostics say.', retryable: false },
  INVALID_DECORATOR: { hint: 'Use the decorator as its documentation shows.', retryable: false },
  GENERATION_FAILED: { hint: 'Correct what the diagnostics name, then generate again.', retryable: false },
  CONFIG_INVALID: { hint: 'Correct the configuration as the message says.', retryable: false },
  // The command
  CODE_NOT_LOADED: {
    hint: 'Fix the module that the message names, or name another module with --generated.',
    retryable: false,
  },
  FILE_UNUSABLE: { hint: 'Give another path, or fix what the message says about this one.', retryable: false },
  // Sync
  SERVER_UNREACHABLE: { hint: 'Nothing to do: the replica works offline and tries again.', retryable: true },
  SYNC_STATE_LOST: {
    hint: 'Export the data that you need, remove the directory of the replica and open it again. Please report this fault together with the files.',
    retryable: false,
  },
  SERVER_FOREIGN: {
    hint: 'Connect to the server that the replica belongs to, or open another directory for this one.',
    retryable: false,
  },
  APPLICATION_MISMATCH: {
    hint: 'Connect to the server of the same application, or give both sides the same `application`.',
    retryable: false,
  },
  SERVER_RESTORED: {
    hint: 'Call `db.connection.adopt()` to go on with what the server has now; edits that do not fit become conflicts.',
    retryable: false,
  },
  SERVER_ROLLED_BACK: {
    hint: 'Call `db.connection.adopt()` to go on with what the server has now; edits that do not fit become conflicts.',
    retryable: false,
  },
  CLUSTER_NOT_INSTALLED: { hint: 'Run `npm install @nuthatch/cluster` in the project.', retryable: false },
  SYNC_NOT_INSTALLED: { hint: 'Run `npm install @nuthatch/sync` in the project.', retryable: false },
  TOKENS_INVALID: {
    hint: 'Correct the file of users; docs/guide/sync-server.md shows its format.',
    retryable: false,
  },
  ADDRESS_UNUSABLE: { hint: 'Choose another --port or --host, or stop the program that has it.', retryable: false },
  PORT_CLOSED: {
    hint: 'Open the replica with another port, or with `connect`, which can bring a new port for each connection.',
    retryable: false,
  },
  CLIENT_FORGOTTEN: {
    hint: 'Call `db.connection.adopt()` to go on as another client; edits that do not fit become conflicts.',
    retryable: false,
  },
  PROTOCOL_UNSUPPORTED: { hint: 'Use versions of Nuthatch that share a version of the protocol.', retryable: false },
  UPGRADE_REQUIRED: {
    hint: 'Install a newer version of your program; until then the replica works offline on what it has.',
    retryable: false,
  },
  UNAUTHENTICATED: {
    hint: 'Give a token that the server knows, then call `db.connection.connect()`; what waits in the outbox stays.',
    retryable: false,
  },
  REPLACED: {
    hint: 'Open a replica once: a copy of its directory is the same client. `db.connection.connect()` takes it back.',
    retryable: false,
  },
  NOT_CHECKED_OUT: { hint: 'Call `checkOut` on the document before you edit or delete it.', retryable: false },
  LEASE_HELD: { hint: 'Wait until it is checked in, or end the lease with `breakLease`.', retryable: true },
  LEASE_ENDED: { hint: 'Check the document out again, and decide what is to become of the edit.', retryable: false },
  KEY_RANGE_EXHAUSTED: {
    hint: 'Await `db.connection.synced()`, which brings more ids; raise `keyRange` to have more offline; `uuidv7` and `ulid` ids need no server.',
    retryable: true,
  },
  KEY_NOT_GRANTED: {
    hint: 'Leave the id out, so that it is one of those that the server has granted.',
    retryable: false,
  },
  FORBIDDEN: { hint: 'Grant the right in the policy of the server, or leave this write out.', retryable: false },
  PROTOCOL_VIOLATION: {
    hint: 'Use the same version of Nuthatch on both sides. If the error stays, something on the network changes messages.',
    retryable: false,
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;
