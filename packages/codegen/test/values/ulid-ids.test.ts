/** Ids of `generate: 'ulid'`, from the class to the directory: by decorator and by `defineDocument`. */
import { MemoryFileSystem } from '@nuthatch/runtime';
import { createTestDatabase, factory } from '@nuthatch/runtime/testing';
import { TemporaryProject } from '../support/temporary-project.js';

const FORM = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const START_MS = Date.UTC(2030, 0, 1);

interface Note {
  readonly id: string;
}

interface Repository {
  insert(input: object): Promise<Note>;
  insertMany(inputs: readonly object[]): Promise<readonly Note[]>;
  all(): { keys(): readonly string[] };
}

interface Db {
  readonly note: Repository;
  readonly memo: Repository;
  readonly clock: { setTime(time: number): void };
  fork(): Db;
  commit<T>(command: { execute(tx: unknown, context: { ulid(): string }): T }): Promise<T>;
  close(): Promise<void>;
}

interface Generated {
  openDatabase(options: object): Promise<Db>;
  readonly Note: new () => Note;
  readonly noteSchema: { '~standard': { validate(value: unknown): { readonly issues?: unknown } } };
}

const SOURCES = {
  'schemas/note.ts': `import { Document, Id } from '@nuthatch/decorators';
@Document() export class Note {
  @Id({ generate: 'ulid' }) readonly id!: string;
  text = '';
}
`,
  'schemas/memo.ts': `import { defineDocument, field } from '@nuthatch/decorators';
export const Memo = defineDocument('Memo', { id: field.string().id({ generate: 'ulid' }), text: field.string().default('') });
`,
  'main.ts': "export * from './generated/index.js';",
};

const project = new TemporaryProject(SOURCES, { hasDependencies: true });
let generated: Generated;

beforeAll(async () => {
  expect((await project.generate()).diagnostics).toEqual([]);
  generated = project.load<Generated>('main.ts');
});

afterEach(() => jest.restoreAllMocks());
afterAll(() => project[Symbol.dispose]());

it('are left out of inputs, given by inserts in rising order, and may be set by hand', async () => {
  const db = await generated.openDatabase({ memory: true });
  const ids = [await db.note.insert({}), await db.memo.insert({ text: 'a' }), await db.note.insert({})].map(
    ({ id }) => id,
  );
  ids.push(...(await db.note.insertMany([{}, {}, {}])).map(({ id }) => id));
  ids.push(await db.commit({ execute: (_, context) => context.ulid() }));
  expect(ids.every((id) => FORM.test(id))).toBe(true);
  expect([...ids].sort()).toEqual(ids);
  expect((await db.note.insert({ id: '01ARZ3NDEKTSV4RRFFQ69G5FAV' })).id).toBe('01ARZ3NDEKTSV4RRFFQ69G5FAV');
  await expect(db.note.insert({ id: '01ARZ3NDEKTSV4RRFFQ69G5FAV' })).rejects.toMatchObject({ code: 'DUPLICATE_KEY' });
  expect(generated.noteSchema['~standard'].validate({ text: 'x' }).issues).toBeUndefined();
  await db.close();
});

it('go on after those of the directory when the clock was set back between two openings', async () => {
  const fileSystem = new MemoryFileSystem();
  // Far ahead of each other test of this process: its ids would go on from here.
  const clock = jest.spyOn(Date, 'now').mockReturnValue(START_MS + 1_000);
  const first = await generated.openDatabase({ directory: '/data', fileSystem });
  const before = await first.note.insert({});
  await first.close();
  clock.mockReturnValue(START_MS);
  // As another process does: its own generator knows nothing of the first one's ids.
  jest.resetModules();
  using again = new TemporaryProject(SOURCES, { hasDependencies: true });
  await again.generate();
  const second = await again.load<Generated>('main.ts').openDatabase({ directory: '/data', fileSystem });
  const after = [await second.note.insert({}), await second.note.insert({})].map(({ id }) => id);
  expect([before.id, ...after]).toEqual([before.id, ...after].sort());
  await second.close();
});

it('are the same in each run of a test, follow its clock, and never fall when it is set back', async () => {
  const open = (): Promise<Db> => createTestDatabase(generated.openDatabase as never, { now: START_MS }) as never;
  const db = await open();
  const ids = [(await db.note.insert({})).id];
  db.clock.setTime(START_MS - 1_000);
  ids.push((await db.note.insert({})).id);
  const forked = db.fork();
  db.clock.setTime(START_MS + 1_000);
  ids.push((await db.note.insert({})).id);
  expect([...ids].sort()).toEqual(ids);
  expect(ids[1]?.slice(0, 10)).toBe(ids[0]?.slice(0, 10));
  expect(ids[2]?.slice(0, 10)).not.toBe(ids[0]?.slice(0, 10));
  forked.clock.setTime(START_MS + 1_000);
  expect((await forked.note.insert({})).id).toBe(ids[2]);
  const again = await open();
  expect((await again.note.insert({})).id).toBe(ids[0]);
});

it('are made by the factory, the same in each run', () => {
  const made = factory(generated.Note).buildMany(3);
  expect(made.every(({ id }) => FORM.test(id))).toBe(true);
  expect(new Set(made.map(({ id }) => id)).size).toBe(3);
  expect(factory(generated.Note).buildMany(3)).toEqual(made);
});

it('need no migration when uuidv7 was there before', async () => {
  using changing = new TemporaryProject(
    { ...SOURCES, 'schemas/note.ts': SOURCES['schemas/note.ts'].replace('ulid', 'uuidv7') },
    { hasDependencies: true },
  );
  await changing.generate();
  const fileSystem = new MemoryFileSystem();
  const before = await changing.load<Generated>('main.ts').openDatabase({ directory: '/data', fileSystem });
  const { id } = await before.note.insert({});
  await before.close();
  const after = await generated.openDatabase({ directory: '/data', fileSystem });
  const added = await after.note.insert({});
  expect(added.id).toMatch(FORM);
  expect(new Set(after.note.all().keys())).toEqual(new Set([id, added.id]));
  await after.close();
});
