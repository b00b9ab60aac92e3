/** Every call in the right column of docs/guide/from-other-libraries.md compiles, and runs on a database of its own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { serve } from '@nuthatch/sync';
import {
  openDatabase as openTracker,
  type NuthatchDatabase as Tracker,
} from '../examples/issue-tracker/generated/index.js';
import { type NuthatchDatabase, openDatabase, openReplica } from '../generated/index.js';
import { openKeyValue } from '../packages/runtime/src/index.js';
import { createTestDatabase, type TestDatabase } from '../packages/runtime/src/testing.js';

const ROOT = resolve(__dirname, '..');
const PAGE = readFileSync(join(ROOT, 'docs/guide/from-other-libraries.md'), 'utf8');
const LIBRARIES = [
  ...['Prisma', 'TypeORM', 'MikroORM', 'MongoDB', 'LokiJS', 'NeDB', 'lowdb'],
  ...['darkbird', 'airomem', 'hills', 'hurrahdb', 'Relations'],
];
/** Its lines are of the classes of examples/issue-tracker. */
const OF_TRACKER = 'Relations';
/** From here on a table says what to do, and calls nothing. */
const WITHOUT_CALLS = '## Looked for';

/** `| theirs | `ours` |`, section by section. */
const rows = PAGE.split(WITHOUT_CALLS, 1)[0]!
  .split(/^## /m)
  .slice(1)
  .flatMap((section) => {
    const library = section.split('\n', 1)[0]!;
    return [...section.matchAll(/^\| (.+) \| `(.+)` \|$/gm)].map(([, theirs, ours]) => ({
      library,
      theirs: theirs!,
      ours: ours!,
    }));
  });

interface Given {
  readonly db: NuthatchDatabase;
  readonly tracker: Tracker;
  readonly onDisk: NuthatchDatabase;
  readonly store: Awaited<ReturnType<typeof openKeyValue>>;
  readonly replica: Awaited<ReturnType<typeof openReplica>>;
  readonly url: string;
}

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nuthatch-mapping-')));
const program = join(folder, 'mapping.ts');
let base: TestDatabase<NuthatchDatabase>;
let trackerBase: TestDatabase<Tracker>;
let calls: readonly ((given: Given) => Promise<void>)[];

beforeAll(async () => {
  const root = relative(folder, ROOT).replaceAll('\\', '/');
  const functions = rows.map(({ ours, library }, index) => {
    const placed = ours.replace(/'\.\/(data|settings)'/g, (_, name) =>
      JSON.stringify(join(folder, `${name}-${index}`)),
    );
    const given = library === OF_TRACKER ? '{ tracker: db }' : '{ db, onDisk, store, replica, url }';
    return `async (${given}) => {\n  ${placed};\n}`;
  });
  writeFileSync(
    program,
    `import { type Command, openKeyValue as openStore, plain } from '@nuthatch/runtime';
import { type NuthatchDatabase, openDatabase as open, openReplica as openMirror, type TransactionRepositories } from '${root}/generated/index.js';
import type { NuthatchDatabase as Tracker } from '${root}/examples/issue-tracker/generated/index.js';

interface Given {
  readonly db: NuthatchDatabase;
  readonly tracker: Tracker;
  readonly onDisk: NuthatchDatabase;
  readonly store: Awaited<ReturnType<typeof openStore>>;
  readonly replica: Awaited<ReturnType<typeof openMirror>>;
  readonly url: string;
}

const opened: AsyncDisposable[] = [];
const noted = async <T extends AsyncDisposable>(opening: Promise<T>): Promise<T> => {
  const value = await opening;
  opened.push(value);
  return value;
};
const openDatabase: typeof open = (options) => noted(open(options));
const openReplica: typeof openMirror = (options) => noted(openMirror(options));
const openKeyValue: typeof openStore = (options) => noted(openStore(options));
void [openDatabase, openReplica, openKeyValue, plain];
void (null as unknown as Command<TransactionRepositories, number>);

const calls: readonly ((given: Given) => Promise<void>)[] = [
${functions.join(',\n')},
];

export const all = calls.map((call) => async (given: Given): Promise<void> => {
  await call(given);
  for (const each of opened.splice(0)) await each[Symbol.asyncDispose]();
});
`,
  );
  const paths = Object.fromEntries([
    ...['model', 'decorators', 'runtime', 'search', 'sync'].map((name) => [
      `@nuthatch/${name}`,
      [join(ROOT, 'packages', name, 'src', 'index.ts')],
    ]),
    ...['model', 'runtime'].map((name) => [`@nuthatch/${name}/*`, [join(ROOT, 'packages', name, 'src', '*.ts')]]),
  ]) as Record<string, string[]>;
  const compilerOptions = {
    ...{ noEmit: true, composite: false, declaration: false, declarationMap: false, sourceMap: false },
    ...{ experimentalDecorators: true, noUnusedLocals: false, noUnusedParameters: false, rootDir: '/', paths },
    typeRoots: [join(ROOT, 'node_modules', '@types')],
  };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(ROOT, 'tsconfig.base.json'), compilerOptions, include: ['mapping.ts'] }),
  );
  base = await createTestDatabase(openDatabase, {
    seed: {
      player: [
        { id: 'p1', email: 'ann@x.io', age: 31, name: 'Ann', clubs: ['fcb', 'bvb'] },
        { id: 'p2', email: 'bea@x.io', age: 19, name: 'Bea', clubs: ['fcb'] },
        { id: 'p3', email: 'cem@x.io', age: 20, name: 'Cem' },
      ],
      club: [{ id: 'fcb', name: 'Basel', size: 23 }],
    },
  });
  trackerBase = await createTestDatabase(openTracker, {
    seed: {
      person: [
        { id: 'ada', name: 'Ada' },
        { id: 'bo', name: 'Bo' },
      ],
      project: [{ id: 'core', lead: 'ada' }],
      issue: [{ title: 'crash', project: 'core', assignee: 'bo', watchers: ['bo'] }],
    },
  });
  ({ all: calls } = require(program) as { all: typeof calls });
});

afterAll(async () => {
  await base.close();
  await trackerBase.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the mapping page', () => {
  it('has a section for each library, with calls in it', () => {
    expect([...new Set(rows.map(({ library }) => library))]).toEqual(LIBRARIES);
    expect(rows.length).toBeGreaterThan(100);
    // No line of a table has another form, and so escapes the test.
    const lines = PAGE.split(WITHOUT_CALLS, 1)[0]!
      .split('\n')
      .filter((line) => line.startsWith('|') && !/^\|(?:---\||.* \| Nuthatch \|$)/.test(line));
    expect(lines.length).toBe(rows.length);
  });

  it('compiles', () => {
    const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout } = spawnSync(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], { encoding: 'utf8' });
    expect(stdout).toBe('');
  });

  it('runs, each call on a database of its own', async () => {
    await using server = await serve(await openDatabase({ memory: true }), {
      port: 0,
      authenticate: (id) => ({ id }),
      policy: () => ({ player: { read: true, write: true } }),
    });
    const url = `ws://127.0.0.1:${server.port}`;
    await using store = await openKeyValue();
    await using onDisk = await openDatabase({ directory: join(folder, 'on-disk'), durability: 'os' });
    await using replica = await openReplica({ url, memory: true, token: 'ann', subscribe: { player: true } });
    await replica.connection.synced();
    await replica.player.insert({ id: 'p1', email: 'ann@x.io', age: 31, name: 'Ann' });
    await replica.connection.synced();
    for (const [index, row] of rows.entries()) {
      await using db = base.fork();
      await using tracker = trackerBase.fork();
      try {
        await calls[index]!({ db, tracker, onDisk, store, replica, url });
      } catch (cause) {
        throw new Error(`${row.library}: ${row.ours}`, { cause });
      }
    }
  });
});
