/** Every option of `openDatabase`: unit, default, effect, cost. The same table for readers: docs/options.md. */
import { DatabaseError } from '@nuthatch/model';
import type { CompactionRule } from '../checkpoint/compaction-rule.js';
import { showValue } from '../definition/show-value.js';
import { unknownOption } from '../definition/unknown-option.js';
import type { FileSystem } from '../file-system/file-system.js';
import type { Durability } from '../journal/durability.js';
import { JOURNAL_BOUNDS, JOURNAL_DEFAULTS } from '../journal/file-journal-options.js';
import type { EncryptionOptions, PageCodecName } from '../journal/page-codecs.js';
import type { RecoveryReport } from '../recovery/recovery-target.js';
import type { SharedJournal } from './shared-journal.js';

/** How far opening has come. */
export interface OpenProgress {
  readonly readBytes: number;
  readonly totalBytes: number;
}

interface CommonOptions {
  /** When a write is acknowledged: `memory`, `os`, `interval` or `fsync`. Default `fsync`. */
  readonly durability?: Durability;
  /** Milliseconds between fsyncs at durability `interval`. Default 100. */
  readonly flushIntervalMs?: number;
  /** Size at which the journal begins a new page, in bytes. Default 16 MiB. May differ at every open. */
  readonly pageBytes?: number;
  /** Count of transactions at which the journal begins a new page. Default: `pageBytes` alone decides. May differ at every open. */
  readonly pageTransactions?: number;
  /** Age, in milliseconds, at which the next write begins a new page. Default: `pageBytes` alone decides. May differ at every open. */
  readonly pageAgeMs?: number;
  /** Largest frame in bytes; a larger transaction is refused with `TRANSACTION_TOO_LARGE`. Default 64 MiB. */
  readonly maxFrameBytes?: number;
  /**
   * How pages and snapshots are stored from now on: `plain`, `compressed`, or `json`: pages with a line of JSON for each transaction,
   * for people. Default `plain`. May differ at every open.
   */
  readonly pageCodec?: PageCodecName;
  /** Encrypts pages and snapshots from now on, and gives the keys of those that are there. Default: none. */
  readonly encryption?: EncryptionOptions;
  /** Accepted bytes that may wait for the disk before `drained()` waits. Default 64 MiB. */
  readonly maxPendingBytes?: number;
  /** Collections of keys with values of any shape, by name: `['sessions']` for `db.keyValue('sessions')`. Default none. */
  readonly keyValues?: readonly string[];
  /** What happens to input fields no model knows: `refuse` (VALIDATION_FAILED) or `drop`. Default `refuse`. */
  readonly unknownFields?: 'refuse' | 'drop';
  /** Meeting damage that is not a torn tail: `refuse` with JOURNAL_DAMAGED, or `salvage` what can be read. Default `refuse`. */
  readonly recovery?: 'refuse' | 'salvage';
  /**
   * Keys in fields of `@Ref`: `require` that each has its document, now and at every write; `report` those that have none
   * in `db.recovery`, and check writes all the same; `off`: check nothing, delete nothing along. Default `require`.
   */
  readonly references?: 'require' | 'report' | 'off';
  /**
   * Bytes of decoded documents that stay in memory, as estimated; of more, those read longest ago become bytes again. Default:
   * no limit.
   */
  readonly cacheBytes?: number;
  /**
   * Bytes of this thread's memory in use from which on writes that add are refused with `MEMORY_LIMIT`; at four fifths there is the event
   * `memoryPressure`. Default: no limit.
   */
  readonly maxMemoryBytes?: number;
  /** Changes kept in memory so that a reader can go on from a seq. Default 1,000; 0 keeps none. */
  readonly historyChangeCount?: number;
  /** Bytes of documents those changes may hold, as estimated; what is older is read from the journal. Default 4 MiB; 0 keeps none. */
  readonly historyBytes?: number;
  /**
   * When the directory is compacted: `auto`, by `db.compact()` alone (`manual`), or `auto` by a rule of your own:
   * `ratio` (default 1), `leastBytes` (default 8 MiB), `maxAgeMs` (default never), `changesShare` (default 0.25),
   * `leastSnapshotBytes` (default 16 MiB). Default `auto`.
   */
  readonly compaction?: 'auto' | 'manual' | CompactionRule;
  /**
   * Milliseconds that an opening may take, about, before an image of all documents is written for it, in a quiet moment or at
   * closing. Default 60. With `compaction: 'manual'` none is.
   */
  readonly openBudgetMs?: number;
  /** Milliseconds that closing may spend on such an image; over that it is left (`imageLeft`). Default 5,000; 0: none at closing. */
  readonly closeBudgetMs?: number;
  /**
   * Milliseconds for which a blob is kept that no document refers to, since it was put or the database was opened:
   * compaction then removes it. Default 1 hour.
   */
  readonly blobGraceMs?: number;
  /**
   * Opening a directory again in this process gives the same handle instead of DATABASE_LOCKED: for hot reload. Every
   * opener closes once. Options are those of the first opener. Default false.
   */
  readonly shared?: boolean;
  /** Signals on which the database is closed before they end the process, such as `['SIGINT', 'SIGTERM']`. Default none. */
  readonly closeOnSignal?: readonly NodeJS.Signals[];
  /** How logs and metrics call the database. Default: the last part of the directory's path, or `memory`. */
  readonly name?: string;
  /** Called while opening reads the journal. */
  readonly onProgress?: (progress: OpenProgress) => void;
  /** Called once with what opening found. Also kept in `db.recovery`. */
  readonly onRecovery?: (report: RecoveryReport) => void;
  /**
   * A journal that several nodes share, such as `postgresJournal(…)` of `@nuthatch/cluster`: this process is one of its nodes, and
   * `directory` is this node's copy. Default: the journal is in `directory`.
   */
  readonly journal?: SharedJournal;
  /** Another file system, for tests and examples. Default: Node's. */
  readonly fileSystem?: FileSystem;
}

/** Where the database lives: a directory (created when missing), or memory alone. */
export type DatabaseOptions = CommonOptions &
  ({ readonly directory: string; readonly memory?: false } | { readonly memory: true; readonly directory?: never });

export interface ResolvedOptions {
  readonly directory: string | undefined;
  readonly durability: Durability;
  readonly flushIntervalMs: number;
  readonly pageBytes: number;
  readonly pageTransactions: number;
  readonly pageAgeMs: number;
  readonly maxFrameBytes: number;
  readonly maxPendingBytes: number;
  readonly pageCodec: PageCodecName;
  readonly encryption: EncryptionOptions | undefined;
  readonly keyValues: readonly string[];
  readonly unknownFields: 'refuse' | 'drop';
  readonly recovery: 'refuse' | 'salvage';
  readonly references: 'require' | 'report' | 'off';
  /** Undefined: no limit. */
  readonly cacheBytes: number | undefined;
  readonly maxMemoryBytes: number | undefined;
  readonly historyChangeCount: number;
  readonly historyBytes: number;
  /** Undefined: by hand only. */
  readonly compaction: CompactionRule | undefined;
  readonly openBudgetMs: number;
  readonly closeBudgetMs: number;
  readonly blobGraceMs: number;
  readonly shared: boolean;
  readonly closeOnSignal: readonly NodeJS.Signals[];
  /** Undefined: by the directory. */
  readonly name: string | undefined;
  readonly onProgress: ((progress: OpenProgress) => void) | undefined;
  readonly onRecovery: ((report: RecoveryReport) => void) | undefined;
  /** Undefined: the database is this process's own. */
  readonly journal: SharedJournal | undefined;
  readonly fileSystem: FileSystem | undefined;
}

const MEBIBYTE = 2 ** 20;
/** It stands at every line of a log and every sample of a metric. */
const LONGEST_NAME = 100;

type Check = (value: unknown) => string | undefined;

const oneOf =
  (...allowed: readonly string[]): Check =>
  (value) =>
    allowed.includes(value as string) ? undefined : `one of ${allowed.map((name) => `'${name}'`).join(', ')}`;
const integerBetween =
  (least: number, most: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? undefined
      : `an integer between ${least} and ${most}`;
const aFunction: Check = (value) => (typeof value === 'function' ? undefined : 'a function');

/** Signals that ask a process to end and that it can hear. */
const CATCHABLE_SIGNALS: readonly string[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK', 'SIGQUIT', 'SIGUSR2'];

const CHECKS: Readonly<Record<keyof CommonOptions | 'directory' | 'memory', Check>> = {
  directory: (value) => (typeof value === 'string' && value !== '' && !value.includes('\0') ? undefined : 'a path'),
  memory: (value) => (typeof value === 'boolean' ? undefined : 'true or false'),
  durability: oneOf('memory', 'os', 'interval', 'fsync'),
  flushIntervalMs: integerBetween(...JOURNAL_BOUNDS.flushIntervalMs),
  pageBytes: integerBetween(...JOURNAL_BOUNDS.pageBytes),
  pageTransactions: integerBetween(...JOURNAL_BOUNDS.pageTransactions),
  pageAgeMs: integerBetween(...JOURNAL_BOUNDS.pageAgeMs),
  maxFrameBytes: integerBetween(...JOURNAL_BOUNDS.maxFrameBytes),
  maxPendingBytes: integerBetween(...JOURNAL_BOUNDS.maxPendingBytes),
  pageCodec: oneOf('plain', 'compressed', 'json'),
  encryption: (value) => (typeof value === 'object' && value !== null ? undefined : 'an object such as { keyId, key }'),
  keyValues: (value) =>
    Array.isArray(value) &&
    Array.from(value).every((name) => typeof name === 'string') &&
    new Set(value).size === value.length
      ? undefined
      : 'a list of names, each once',
  unknownFields: oneOf('refuse', 'drop'),
  recovery: oneOf('refuse', 'salvage'),
  references: oneOf('require', 'report', 'off'),
  cacheBytes: integerBetween(0, Number.MAX_SAFE_INTEGER),
  maxMemoryBytes: integerBetween(MEBIBYTE, Number.MAX_SAFE_INTEGER),
  historyChangeCount: integerBetween(0, 2 ** 31 - 1),
  historyBytes: integerBetween(0, 2 ** 40),
  compaction: (value) => compactionDue(value),
  openBudgetMs: integerBetween(0, Number.MAX_SAFE_INTEGER),
  closeBudgetMs: integerBetween(0, Number.MAX_SAFE_INTEGER),
  blobGraceMs: integerBetween(0, Number.MAX_SAFE_INTEGER),
  shared: (value) => (typeof value === 'boolean' ? undefined : 'true or false'),
  closeOnSignal: (value) =>
    Array.isArray(value) && value.every((name) => CATCHABLE_SIGNALS.includes(name))
      ? undefined
      : `a list of ${CATCHABLE_SIGNALS.join(', ')}`,
  name: (value) =>
    typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME
      ? undefined
      : `a text of 1 to ${LONGEST_NAME} characters`,
  onProgress: aFunction,
  onRecovery: aFunction,
  // A list has a `join`, too.
  journal: (value) => {
    const { join, makeBlobs } = (value ?? {}) as Partial<SharedJournal>;
    const isJournal = typeof join === 'function' && typeof makeBlobs === 'function';
    return isJournal ? undefined : 'a journal such as `postgresJournal(…)`';
  },
  fileSystem: (value) => (typeof value === 'object' && value !== null ? undefined : 'a file system'),
};

/**
 * Checks the options and fills in the defaults.
 *
 * @throws DatabaseError `INVALID_OPTION` for an unknown name (the nearest known one is named), a value out of bounds,
 *   or when not exactly one of `directory` and `memory: true` is given.
 */
export function resolveOptions(options: DatabaseOptions): ResolvedOptions {
  if (typeof options !== 'object' || options === null) {
    throw new DatabaseError(
      'INVALID_OPTION',
      `openDatabase needs options such as { directory: './data' }, found ${showValue(options)}`,
    );
  }
  for (const [name, value] of Object.entries(options)) checkOption(name, value);
  const { directory } = options;
  if ((directory !== undefined) === (options.memory === true)) {
    const what =
      directory === undefined
        ? 'neither `directory` nor `memory: true` is given'
        : '`directory` and `memory: true` exclude each other';
    throw new DatabaseError('INVALID_OPTION', what, { option: 'directory' });
  }
  return {
    directory,
    durability: options.durability ?? 'fsync',
    flushIntervalMs: options.flushIntervalMs ?? JOURNAL_DEFAULTS.flushIntervalMs,
    pageBytes: options.pageBytes ?? JOURNAL_DEFAULTS.pageBytes,
    pageTransactions: options.pageTransactions ?? JOURNAL_DEFAULTS.pageTransactions,
    pageAgeMs: options.pageAgeMs ?? JOURNAL_DEFAULTS.pageAgeMs,
    maxFrameBytes: options.maxFrameBytes ?? JOURNAL_DEFAULTS.maxFrameBytes,
    maxPendingBytes: options.maxPendingBytes ?? JOURNAL_DEFAULTS.maxPendingBytes,
    pageCodec: options.pageCodec ?? 'plain',
    encryption: options.encryption,
    keyValues: [...(options.keyValues ?? [])],
    unknownFields: options.unknownFields ?? 'refuse',
    recovery: options.recovery ?? 'refuse',
    references: options.references ?? 'require',
    cacheBytes: options.cacheBytes,
    maxMemoryBytes: options.maxMemoryBytes,
    historyChangeCount: options.historyChangeCount ?? 1_000,
    historyBytes: options.historyBytes ?? 4 * MEBIBYTE,
    compaction: compactionRule(options.compaction),
    openBudgetMs: options.openBudgetMs ?? 60,
    closeBudgetMs: options.closeBudgetMs ?? 5_000,
    blobGraceMs: options.blobGraceMs ?? 3_600_000,
    shared: options.shared ?? false,
    closeOnSignal: options.closeOnSignal ?? [],
    name: options.name,
    onProgress: options.onProgress,
    onRecovery: options.onRecovery,
    journal: options.journal,
    fileSystem: options.fileSystem,
  };
}

const RULE_CHECKS: Readonly<Record<keyof CompactionRule, Check>> = {
  ratio: (value) => (typeof value === 'number' && value >= 0.1 && value <= 1000 ? undefined : 'between 0.1 and 1000'),
  leastBytes: integerBetween(0, Number.MAX_SAFE_INTEGER),
  maxAgeMs: integerBetween(1, Number.MAX_SAFE_INTEGER),
  changesShare: (value) => (typeof value === 'number' && value >= 0 && value <= 10 ? undefined : 'between 0 and 10'),
  leastSnapshotBytes: integerBetween(0, Number.MAX_SAFE_INTEGER),
};

function compactionDue(value: unknown): string | undefined {
  if (value === 'auto' || value === 'manual') return undefined;
  if (typeof value !== 'object' || value === null)
    return "'auto', 'manual' or a rule such as { ratio: 1, leastBytes: 2 ** 23 }";
  for (const [name, part] of Object.entries(value)) {
    if (!Object.hasOwn(RULE_CHECKS, name))
      return `a rule of ${Object.keys(RULE_CHECKS).join(', ')}; ${name} is not one of them`;
    const due = part === undefined ? undefined : RULE_CHECKS[name as keyof CompactionRule](part);
    if (due !== undefined) return `a rule whose ${name} is ${due}`;
  }
  return undefined;
}

function compactionRule(value: CommonOptions['compaction']): CompactionRule | undefined {
  if (value === 'manual') return undefined;
  return typeof value === 'object' ? value : {};
}

/** Whether `openDatabase` has an option of this name. */
export function isOptionOfOpening(name: string): boolean {
  return Object.hasOwn(CHECKS, name);
}

function checkOption(name: string, value: unknown): void {
  if (!Object.hasOwn(CHECKS, name)) throw unknownOption(name, 'openDatabase', Object.keys(CHECKS));
  if (value === undefined) return;
  const due = CHECKS[name as keyof typeof CHECKS](value);
  if (due !== undefined) {
    // A key must not come to stand in a log.
    const given = name === 'encryption' || name === 'journal' ? typeof value : showValue(value);
    throw new DatabaseError('INVALID_OPTION', `\`${name}\` must be ${due}, found ${given}`, { option: name });
  }
}
