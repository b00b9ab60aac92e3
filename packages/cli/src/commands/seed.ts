/**
 * `nuthatch seed`: documents for a database nobody has open, from programs, JSON and lines of JSON. A seed that was run is
 * not run again unless it has changed, or is asked for.
 */
import type { CollectionDefinition } from '@nuthatch/runtime';
import { EXIT, UsageError } from '../exit-code.js';
import { CONFIG_FLAG, JSON_FLAG, KEY_FILE_FLAG, STORAGE_FLAGS } from '../flags.js';
import { loadConfig } from '../load-config.js';
import { loadGenerated, tsconfigOf } from '../load-generated.js';
import type { Output } from '../output.js';
import { runtime } from '../packages.js';
import { type SeededDatabase, seedDocuments } from '../seed/seed-documents.js';
import { type SeedFile, seedFiles } from '../seed/seed-files.js';
import { runSeedProgram } from '../seed/seed-program.js';
import { SeedRecord } from '../seed/seed-record.js';
import type { VerbRegistry } from '../verb.js';
import { counted, type DirectoryArguments, storageOptions, timeText } from './directory-arguments.js';
import { dataDirectory } from './migrate/migrate-arguments.js';

interface SeedArguments extends DirectoryArguments {
  readonly data?: string;
  readonly config?: string;
  readonly generated?: string;
  readonly again?: boolean;
  readonly reset?: boolean;
  readonly yes?: boolean;
}

export function addSeed(registry: VerbRegistry): void {
  const [keyId, compressed] = STORAGE_FLAGS;
  registry.program
    .command('seed [files...]')
    .description('put the documents of seeds/* into a database nobody has open')
    .option('--data <directory>', 'directory of the database (default: `data` of the configuration)')
    .option('--again', 'also run seeds that were run before')
    .option('--reset', 'first delete all documents of all classes; needs --yes')
    .option('--yes', 'confirm --reset')
    .option('--generated <module>', 'the built generated code (default: looked for)')
    .option(...CONFIG_FLAG)
    .option(...JSON_FLAG)
    .option(...KEY_FILE_FLAG)
    .option(...keyId)
    .option(...compressed)
    .action(registry.runVerb(runSeed));
}

/** The result for one seed. */
interface Outcome {
  readonly file: string;
  readonly action: 'seeded' | 'skipped';
  /** When a skipped one was run. */
  readonly seededMs?: number;
  /** Documents of each collection; of a program, which may do anything, none are counted. */
  readonly collections?: Readonly<Record<string, number>>;
  readonly transactionCount: number;
}

type OpenDatabase = SeededDatabase &
  AsyncDisposable &
  Readonly<Record<string, { readonly size: number; clear(): Promise<number> }>>;

async function runSeed(
  given: readonly string[],
  options: SeedArguments,
  output: Output,
  root: string,
): Promise<number> {
  if (options.reset && !options.yes)
    throw new UsageError('reset', '--reset deletes all documents of all classes: confirm it with --yes');
  if (options.yes && !options.reset) throw new UsageError('yes', '--yes confirms --reset, which is not given');
  const config = await loadConfig(root, options.config);
  const directory = dataDirectory(root, options, config);
  const files = seedFiles(root, given);
  const { definitions, migrations } = await loadGenerated(root, config, options.generated, (text) => output.err(text));
  const { openDatabase } = runtime();
  await using db = await openDatabase<OpenDatabase, unknown>(
    definitions,
    { directory, ...(config.keyValues && { keyValues: config.keyValues }), ...storageOptions(options, root) },
    migrations,
  );
  const record = new SeedRecord(directory);
  const deletedCount = options.reset ? await reset(db as OpenDatabase, definitions, record) : undefined;
  if (deletedCount !== undefined && !options.json) output.out(`${counted(deletedCount, 'document')} deleted`);
  const outcomes: Outcome[] = [];
  for (const file of files) {
    const seededMs = options.again ? undefined : record.timeOf(file.name, file.hash);
    const outcome: Outcome =
      seededMs === undefined
        ? await seed(db as OpenDatabase, definitions, file, tsconfigOf(root, config))
        : { file: file.name, action: 'skipped', seededMs, transactionCount: 0 };
    if (seededMs === undefined) record.note(file.name, file.hash);
    outcomes.push(outcome);
    if (!options.json) output.out(lineOf(outcome));
  }
  if (options.json) {
    const seq = String((db as OpenDatabase).seq);
    output.out(
      JSON.stringify({ directory, seq, ...(options.reset && { deletedCount }), seeds: outcomes }, undefined, 2),
    );
  }
  return EXIT.done;
}

/** Collection by collection, in slices. A crash leaves some documents and no record, so that the next run seeds all. */
async function reset(
  db: OpenDatabase,
  definitions: readonly CollectionDefinition[],
  record: SeedRecord,
): Promise<number> {
  record.forget();
  let count = 0;
  for (const { model } of definitions) count += await db[model.collection]!.clear();
  return count;
}

async function seed(
  db: OpenDatabase,
  definitions: readonly CollectionDefinition[],
  file: SeedFile,
  tsconfig: string | undefined,
): Promise<Outcome> {
  const before = db.seq;
  let collections: Readonly<Record<string, number>> | undefined;
  if (file.kind === 'script') await runSeedProgram(db, file, tsconfig);
  else collections = await seedDocuments(db, definitions, file);
  return {
    ...{ file: file.name, action: 'seeded' },
    ...(collections && { collections }),
    transactionCount: Number(db.seq - before),
  };
}

function lineOf({ file, action, seededMs, collections, transactionCount }: Outcome): string {
  if (action === 'skipped') return `${file}: was seeded on ${timeText(seededMs!)}; --again runs it again`;
  const documents = Object.entries(collections ?? {}).map(
    ([name, count]) => `${counted(count, 'document')} of ${name}`,
  );
  const what = collections === undefined ? 'run' : documents.join(', ') || 'no documents';
  return `${file}: ${what}, ${counted(transactionCount, 'transaction')}`;
}
