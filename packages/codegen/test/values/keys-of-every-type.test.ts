/** Classes whose ids are dates, booleans and bigints: what is generated of them compiles, runs, and is migrated to. */
import { MemoryFileSystem } from '@nuthatch/runtime';
import { createTestDatabase, factory } from '@nuthatch/runtime/testing';
import { compile } from '../support/compile.js';
import { TemporaryProject } from '../support/temporary-project.js';

interface Repository {
  insert(input: object): Promise<object>;
  insertMany(inputs: readonly object[]): Promise<object[]>;
  update(key: unknown, patch: object): Promise<object>;
  get(key: unknown): object | undefined;
  all(): { keys(): readonly unknown[] };
  readonly size: number;
}

interface Db {
  readonly day: Repository;
  readonly flag: Repository;
  readonly slot: Repository;
  fork(): Db;
  close(): Promise<void>;
}

interface Generated {
  openDatabase(options: object): Promise<Db>;
  dayKey(day: Date): Date;
  slotKey(...parts: readonly unknown[]): object;
  readonly Day: new () => object;
  readonly Slot: new () => object;
}

const DAY = `import { Document, Id, Range } from '@nuthatch/decorators';
@Document() export class Day {
  @Id() readonly day!: Date;
  @Range() visits: number = 0;
}
`;
const SOURCES = {
  'schemas/day.ts': DAY,
  'schemas/flag.ts': `import { defineDocument, field } from '@nuthatch/decorators';
export const Flag = defineDocument('Flag', { isOn: field.boolean().id(), count: field.number().default(0) });
`,
  'schemas/slot.ts': `import { Document, Id } from '@nuthatch/decorators';
@Document() export class Slot {
  @Id() readonly day!: Date;
  @Id() readonly isOpen!: boolean;
  @Id() readonly seat!: bigint;
  guest = '';
}
`,
  'main.ts': `export * from './generated/index.js';
import { type Day, dayKey, flagKey, openDatabase, slotKey } from './generated/index.js';

export async function typed(): Promise<void> {
  await using db = await openDatabase({ memory: true });
  await db.day.insert({ day: new Date(0) });
  const day: Date | undefined = db.day.get(new Date(0))?.day;
  const keys: readonly Date[] = db.day.all().keys();
  db.day.get(dayKey(new Date(0)));
  db.flag.get(true);
  db.day.find({ day: { in: [new Date(0), day!] } }).orderBy('day');
  db.day.find({ day: { not: new Date(0) } });
  db.flag.find({ isOn: false });
  // @ts-expect-error a day is a date
  db.day.find({ day: '2026-01-31' });
  db.flag.get(flagKey(false));
  db.slot.get({ day: new Date(0), isOpen: true, seat: 5n });
  db.slot.get(slotKey(new Date(0), true, 5n));
  await db.transaction((tx) => tx.day.update(new Date(0), { visits: 1 }));
  // @ts-expect-error a day is a date
  db.day.get('2026-01-31');
  // @ts-expect-error a day is a date
  db.day.get(0);
  // @ts-expect-error a flag is a boolean
  db.flag.get('true');
  // @ts-expect-error the key of another class
  db.flag.get(dayKey(new Date(0)));
  void [day, keys, undefined as Day | undefined];
}
`,
};

const midnight = (day: number): Date => new Date(Date.UTC(2026, 0, day));

let project: TemporaryProject;
let generated: Generated;

beforeAll(async () => {
  project = new TemporaryProject(SOURCES, { hasDependencies: true });
  expect((await project.generate()).diagnostics).toEqual([]);
  generated = project.load<Generated>('main.ts');
});

afterAll(() => project[Symbol.dispose]());

it('compiles: keys have their types, and those of other classes are refused', () => {
  expect(compile(project, { strict: true })).toEqual([]);
});

it('finds documents by equal dates, booleans and parts, and keeps them on disk', async () => {
  const fileSystem = new MemoryFileSystem();
  let db = await generated.openDatabase({ directory: '/data', fileSystem });
  await db.day.insertMany([2, 1, 3].map((day) => ({ day: midnight(day), visits: day })));
  await db.flag.insert({ isOn: false });
  await db.slot.insert({ day: midnight(1), isOpen: true, seat: 2n ** 70n });
  await expect(db.day.insert({ day: midnight(2) })).rejects.toMatchObject({ code: 'DUPLICATE_KEY' });
  await db.day.update(generated.dayKey(midnight(2)), { day: midnight(2), visits: 20 });
  await expect(db.day.update(midnight(2), { day: midnight(4) })).rejects.toMatchObject({ code: 'KEY_CHANGED' });
  await expect(db.day.insert({ day: new Date(Number.NaN) })).rejects.toMatchObject({ code: 'INVALID_KEY' });
  await db.close();
  db = await generated.openDatabase({ directory: '/data', fileSystem });
  expect(db.day.get(midnight(2))).toMatchObject({ day: midnight(2), visits: 20 });
  expect(db.day.all().keys()).toEqual([2, 1, 3].map(midnight));
  expect(db.flag.get(false)).toMatchObject({ isOn: false });
  expect(db.flag.get(true)).toBeUndefined();
  expect(db.slot.get(generated.slotKey(midnight(1), true, 2n ** 70n))).toMatchObject({ seat: 2n ** 70n });
  await db.close();
});

it('are given by factories, and shared by forks of a test', async () => {
  const db = (await createTestDatabase(generated.openDatabase as never, {})) as unknown as Db;
  await db.day.insertMany(factory(generated.Day).buildMany(5));
  await db.slot.insertMany(factory(generated.Slot).buildMany(5));
  const forked = db.fork();
  expect([forked.day.size, forked.slot.size]).toEqual([5, 5]);
  expect(forked.day.all().keys()).toEqual(db.day.all().keys());
});

it('need a migration where the id was a text before', async () => {
  using changing = new TemporaryProject(
    { 'schemas/day.ts': DAY.replace('day!: Date', 'day!: string') },
    { hasDependencies: true },
  );
  await changing.generate();
  changing.write('schemas/day.ts', DAY);
  const { diagnostics, migrations, modelChanges } = await changing.generate();
  expect(diagnostics).toEqual([]);
  expect(modelChanges).toContain('day: changes day from string to date (needs a migration)');
  expect(migrations.length).toBe(1);
  const [id] = changing.list('schemas/migrations');
  expect(changing.read(`schemas/migrations/${id}/migration.ts`)).toMatch(
    /DayBefore \{\n {2}day: string;[\s\S]*DayAfter \{\n {2}day: Date;/,
  );
});
