/** Every tool with wrong names and wrong types at every argument: an error with a code each time, and nothing is made. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import * as runtime from '../src/index.js';
import { openPlayers, player } from './support/open-players.js';

type Input = Readonly<Record<string, unknown>>;

let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nuthatch-tools-'));
  const db = await openPlayers({ directory: join(folder, 'data') });
  await db.player.insert(player('p1'));
  await db.close();
});

afterEach(() => rmSync(folder, { recursive: true }));

const directory = (): string => join(folder, 'data');
const destination = (): string => join(folder, 'new');

/** The arguments of every tool; a tool that is not here fails the test below. */
const TOOLS: Readonly<Record<string, () => Input>> = {
  verifyDirectory: () => ({ directory: directory(), onProgress: () => undefined }),
  inspectDirectory: () => ({ directory: directory() }),
  holderOfDirectory: () => ({ directory: directory() }),
  auditTrail: () => ({ directory: directory() }),
  dumpDirectory: () => ({ directory: directory(), collections: ['player'], onProgress: () => undefined }),
  readDocuments: () => ({ directory: directory() }),
  queryDirectory: () => ({
    ...{ directory: directory(), definitions: [], migrations: [], collections: ['player'] },
    onProgress: () => undefined,
  }),
  importDump: () => ({ lines: [], destination: destination() }),
  backupDirectory: () => ({ directory: directory(), destination: destination() }),
  unpackBackup: () => ({ stream: emptyStream(), destination: destination() }),
  restoreDirectory: () => ({ directory: directory(), destination: destination(), atSeq: 1, atTime: 5 }),
  repairDirectory: () => ({ directory: directory(), destination: destination() }),
  compactDirectory: () => ({ directory: directory() }),
  censusOfDirectory: () => ({ directory: directory(), sampleCount: 1 }),
  migrationStatus: () => ({ directory: directory(), definitions: [], migrations: [] }),
  migrateDirectory: () => ({
    ...{
      directory: directory(),
      definitions: [],
      migrations: [],
      direction: 'up',
      target: '0',
      dryRun: true,
      tryCount: 1,
    },
    ...{ backup: false, sampleCount: 1, documentsPerPart: 1, onProgress: () => undefined },
    signal: new AbortController().signal,
  }),
};
const SHARED: Input = {
  pageCodec: 'plain',
  encryption: { key: Buffer.alloc(32) },
  fileSystem: new runtime.NodeFileSystem(),
};

/** Wrong wherever an option is not of that type itself; `undefined` where one must be given. */
const wrongValues = (): readonly unknown[] => [
  null,
  5,
  -1,
  0.5,
  Number.NaN,
  '',
  'x\0y',
  join(folder, 'text'),
  true,
  [],
  [5],
  {},
  () => 1,
  Symbol('s'),
  5n,
];

async function* emptyStream(): AsyncGenerator<Uint8Array> {}

async function errorOf(name: string, input: unknown): Promise<unknown> {
  const tool = (runtime as unknown as Record<string, (input: unknown) => unknown>)[name];
  try {
    const result = tool?.(input);
    if (typeof (result as AsyncGenerator | undefined)?.next === 'function')
      for await (const _ of result as AsyncGenerator);
    else await result;
    return undefined;
  } catch (error) {
    return error;
  }
}

const isCoded = (error: unknown): boolean => error instanceof DatabaseError;

it('lists every tool', () => {
  const tools = Object.entries(runtime).filter(
    ([name, value]) =>
      typeof value === 'function' && /Directory$|Backup$|Trail$|Dump$|readDocuments|Status$/.test(name),
  );
  expect(tools.map(([name]) => name).sort()).toEqual(Object.keys(TOOLS).sort());
});

it.each(Object.keys(TOOLS))('%s refuses wrong types at every argument with a code', async (name) => {
  const input = { ...(TOOLS[name] as () => Input)(), ...SHARED };
  for (const value of [undefined, ...wrongValues()])
    expect([value, isCoded(await errorOf(name, value))]).toEqual([value, true]);
  for (const option of Object.keys(input)) {
    for (const value of wrongValues()) {
      const error = await errorOf(name, { ...input, [option]: value });
      // A value may be one that the option takes; what must never come is an error without a code.
      if (error !== undefined) expect([option, value, error, isCoded(error)]).toEqual([option, value, error, true]);
    }
    const wrongType = await errorOf(name, { ...input, [option]: Symbol('s') });
    expect(wrongType).toMatchObject({ code: 'INVALID_OPTION', facts: { option } });
  }
});

it.each(Object.keys(TOOLS))('%s refuses a name that it does not know, and says the right one', async (name) => {
  const input = (TOOLS[name] as () => Input)();
  expect(await errorOf(name, { ...input, nonsense: 1 })).toMatchObject({
    code: 'INVALID_OPTION',
    facts: { option: 'nonsense' },
  });
  for (const option of ['directory', 'destination', 'lines', 'stream'].filter((each) => each in input)) {
    const { [option]: value, ...rest } = input;
    const words = {
      directory: ['from', 'dir', 'path'],
      destination: ['to', 'target', 'output'],
      lines: ['input'],
      stream: ['input'],
    };
    for (const word of words[option as keyof typeof words])
      expect(await errorOf(name, { ...rest, [word]: value })).toMatchObject({
        facts: { option: word, nearest: option },
      });
    expect(await errorOf(name, rest)).toMatchObject({ code: 'INVALID_OPTION', facts: { option } });
  }
});

it.each(Object.keys(TOOLS))('%s has a code for places that are not there, or are something else', async (name) => {
  const file = join(folder, 'file');
  writeFileSync(file, 'text');
  symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'));
  mkdirSync(join(folder, 'full'));
  writeFileSync(join(folder, 'full', 'stray'), '');
  const places = [
    file,
    join(file, 'inside'),
    join(folder, 'dangling'),
    join(folder, 'missing'),
    join(folder, 'full'),
    '/proc/self/x',
  ];
  const { atTime: _, ...input } = (TOOLS[name] as () => Input)();
  for (const option of ['directory', 'destination'].filter((each) => each in input))
    for (const place of places) {
      const error = await errorOf(name, { ...input, [option]: place });
      if (option === 'destination' && place.endsWith('missing')) continue;
      expect([option, place, error, isCoded(error)]).toEqual([option, place, error, true]);
    }
  expect(readdirSync(join(folder, 'full'))).toEqual(['stray']);
});
