/**
 * Reads of cold documents that fail in the middle of writes. A unique index asks documents whose values have the same hash, here
 * nearly all of them, so a read may fail at every step of a write and of its taking back: what is refused leaves no trace.
 */
import type { DocumentModel } from '@nuthatch/model';
import {
  type Repositories,
  type SaleTransaction,
  saleDefinition,
  type TransactionRepositories,
  views,
} from '../../../../examples/sales/generated/index.js';
import { openDatabase } from '../../src/database/open-database.js';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import type { TransactionRepository } from '../../src/repository/transaction-repository.js';
import { FailingReads } from '../support/failing-reads.js';
import { repeats } from '../support/long-run.js';
import {
  type AnyDatabase,
  type AnyTypes,
  type Fields,
  field,
  modelWith,
  NUMBER,
  openModels,
  STRING,
} from '../support/open-models.js';
import { seeded } from '../support/seeded.js';
import { expectedRows, rowsOf, VIEWS } from '../views/reference-views.js';

jest.mock('../../src/image/image-hash.js', () => {
  const real = jest.requireActual<typeof import('../../src/image/image-hash.js')>('../../src/image/image-hash.js');
  // Five values in six have one of four hashes.
  const few = (hash: number): number => ((hash >>> 4) % 6 === 0 ? hash : hash & 0xc0000000);
  return { imageHash: (value: string, seed: number) => few(real.imageHash(value, seed)) };
});

const MODEL: DocumentModel = modelWith(
  [
    field('mail', STRING),
    field('badge', NUMBER),
    field('tags', { kind: 'array', element: STRING }),
    field('age', NUMBER),
    field('text', STRING),
    field('body', STRING),
  ],
  {
    storage: 'cold',
    indexes: [
      { name: 'age', kind: 'range', fields: ['age'] },
      { name: 'mail', kind: 'unique', fields: ['mail'] },
      { name: 'tags', kind: 'tag', fields: ['tags'] },
      { name: 'badge', kind: 'unique', fields: ['badge'] },
      { name: 'text', kind: 'range', fields: ['text'] },
    ],
  },
);
/** Reads in turn are widened to 64 KiB: a few documents. */
const BODY = 'b'.repeat(15_000);
const COUNT = 16;
const STEPS = 50;
const ROUNDS = repeats('NUTHATCH_COLD_FAULTS', 2);
const REFUSALS = ['DOCUMENT_UNREADABLE', 'DOCUMENT_NOT_FOUND', 'DUPLICATE_KEY', 'RangeError'];

type State = Map<string, Fields>;
type Players = TransactionRepository<AnyTypes>;

/** One statement, and what it makes of the state. */
interface Write {
  readonly run: (players: Players) => void;
  readonly apply: (state: State) => void;
}

class Disk {
  readonly reads = new FailingReads();
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  breakSoon(): void {
    this.reads.isPermanent = this.#random() < 0.5;
    if (this.#random() < 0.8) this.reads.left = Math.floor(this.#random() * 30 * this.#random());
  }
}

it('a write whose reads fail leaves no trace, nor does its transaction', async () => {
  for (let round = 0; round < ROUNDS; round++) await seeded(history);
});

async function history(random: () => number): Promise<void> {
  const disk = new Disk(random);
  const fileSystem = disk.reads.of(new MemoryFileSystem());
  const options = { compaction: 'manual', cacheBytes: random() < 0.7 ? 0 : 1_500 } as const;
  const seen = new Map<unknown, unknown>();
  const open = async (): Promise<AnyDatabase> => {
    const opened = await openModels(fileSystem, [MODEL], options);
    seen.clear();
    for (const { id, text } of opened['player']!.all().all()) seen.set(id, text);
    await opened['player']!.addIndex({
      name: 'seen',
      insert: ({ text }: Fields, key: unknown) => void seen.set(key, text),
      update: (_: Fields, { text }: Fields, key: unknown) => void seen.set(key, text),
      remove: (_: Fields, key: unknown) => void seen.delete(key),
      rebuild: () => undefined,
    } as never);
    return opened;
  };
  let state: State = new Map();
  for (let number = 0; number < COUNT; number++) state.set(`p${number}`, thing(number, random));
  let db = await open();
  await db['player']!.insertMany([...state.values()]);
  await db.compact();
  await db.close();
  db = await open();
  for (let step = 0; step < STEPS; step++) {
    const next: State = new Map(state);
    const writes = Array.from({ length: random() < 0.5 ? 1 : 6 }, () => writesFor(state, random)).flat();
    const isCaught = random() < 0.5;
    const isRefused = random() < 0.2;
    disk.breakSoon();
    const refusal = await db
      .transaction((tx) => {
        const players = (tx as unknown as { player: Players }).player;
        for (const { run, apply } of writes) {
          try {
            run(players);
          } catch (error) {
            if (!isCaught) throw error;
            continue;
          }
          apply(next);
        }
        if (isRefused) throw new RangeError('enough');
      })
      .then(
        () => undefined,
        (error: { readonly code?: string; readonly name: string }) => error.code ?? error.name,
      );
    disk.reads.heal();
    if (refusal === undefined) state = next;
    else expect(REFUSALS).toContain(refusal);
    expectState(db, state);
    expect([...seen].sort()).toEqual([...state].map(([key, { text }]) => [key, text]).sort());
    const luck = random();
    if (luck < 0.05) await db.compact();
    else if (luck < 0.1) {
      await db.close();
      db = await open();
    } else continue;
    expectState(db, state);
  }
  await db.close();
  db = await open();
  expectState(db, state);
  await db.close();
}

function thing(number: number, random: () => number): Fields {
  const small = (): number => Math.floor(random() * 6);
  return {
    id: `p${number}`,
    mail: `m${number}-${small()}`,
    badge: number * 10 + small(),
    tags: [`t${small()}`, `u${small()}`],
    age: small(),
    text: `x${small()}`,
    body: BODY,
  };
}

function writesFor(state: State, random: () => number): Write[] {
  const anyKey = (): string => [...state.keys()][Math.floor(random() * state.size)] ?? 'p0';
  const made = thing(Math.floor(random() * COUNT * 2), random);
  const luck = random();
  if (luck < 0.15) {
    const key = anyKey();
    return [{ run: (players) => void players.delete(key), apply: (to) => void to.delete(key) }];
  }
  if (luck < 0.4)
    return [{ run: (players) => void players.upsert(made), apply: (to) => void to.set(made['id'] as string, made) }];
  const patching = (key: string, patch: Fields): Write => ({
    run: (players) => void players.update(key, patch),
    apply: (to) => void to.set(key, { ...to.get(key), ...patch }),
  });
  const { mail, badge, age, text } = made;
  if (luck < 0.7)
    return [
      patching(luck < 0.5 ? anyKey() : (made['id'] as string), luck < 0.6 ? { mail, age } : { mail, badge, text }),
    ];
  // Two documents have one value for a moment.
  const [first, second] = [anyKey(), anyKey()];
  const mails = [first, second].map((key) => state.get(key)?.['mail']);
  return [patching(first, { mail: mails[1] }), patching(second, { mail: mails[0] })];
}

/** Every document, and every answer of every index. */
function expectState(db: AnyDatabase, state: State): void {
  const things = db['player']!;
  const due = [...state.values()];
  const answers: Record<string, unknown> = { size: things.size };
  const dues: Record<string, unknown> = { size: due.length };
  const note = (what: string, answer: unknown, expected: unknown): void => {
    answers[what] = answer;
    dues[what] = expected;
  };
  const holder = (name: string, value: unknown): unknown => due.find((each) => each[name] === value)?.['id'];
  for (let number = 0; number < COUNT * 2; number++) {
    const held = things.get(`p${number}`);
    note(`p${number}`, held && { ...held }, state.get(`p${number}`));
    for (let small = 0; small < 6; small++) {
      const mail = `m${number}-${small}`;
      note(mail, things.first({ mail })?.['id'], holder('mail', mail));
      const badge = number * 10 + small;
      note(`badge ${badge}`, things.first({ badge })?.['id'], holder('badge', badge));
    }
  }
  for (let small = 0; small < 6; small++) {
    const asked = { tags: [`t${small}`, `u${small}`], age: [small], text: [`x${small}`] };
    for (const [name, values] of Object.entries(asked))
      for (const value of values as unknown[]) {
        const meets = (each: Fields): boolean => [each[name]].flat().includes(value);
        const expected = due.filter(meets).map(({ id }) => id as string);
        note(`${name} ${value}`, [...things.find({ [name]: value }).keys()].sort(), expected.sort());
      }
  }
  for (const name of ['mail', 'badge', 'age', 'text'])
    note(`entries of ${name}`, db.stats().collections['player']!.indexes[name]!.entryCount, due.length);
  expect(answers).toEqual(dues);
}

it('a statement whose view cannot read what its rows show is taken back alone', async () => {
  const COLD_SALES = {
    ...saleDefinition,
    model: { ...saleDefinition.model, storage: 'cold' as const },
    fingerprint: `${saleDefinition.fingerprint}-cold`,
  };
  await seeded(async (random) => {
    const disk = new Disk(random);
    const fileSystem = disk.reads.of(new MemoryFileSystem());
    const options = { directory: '/db', fileSystem, compaction: 'manual', cacheBytes: 0 } as const;
    const open = () => openDatabase<Repositories, TransactionRepositories>([COLD_SALES], options, [], views);
    const fields = () => ({
      country: ['CH', 'DE'][Math.floor(random() * 2)]!,
      channel: 'web' as const,
      labels: ['new', 'sale'].filter(() => random() < 0.5),
      amount: Math.floor(random() * 300),
      micros: 5n,
      note: BODY,
      soldAt: new Date(Math.floor(random() * 10) * 86_400_000),
      refunded: random() < 0.1,
    });
    let db = await open();
    await db.sale.insertMany(Array.from({ length: 12 }, (_, at) => ({ id: at + 1, ...fields() }) as never));
    await db.compact();
    await db.close();
    db = await open();
    let refusedCount = 0;
    for (let step = 0; step < 60; step++) {
      const before = new Map([...db.sale].map((sale) => [sale.id, { ...sale }]));
      disk.breakSoon();
      const statement = (sales: SaleTransaction): void => {
        const id = 1 + Math.floor(random() * 14);
        const isDelete = random() < 0.2;
        try {
          if (isDelete) sales.delete(id);
          else sales.upsert({ id, ...fields() } as never);
        } catch (error) {
          expect(error).toMatchObject({ code: 'DOCUMENT_UNREADABLE' });
          refusedCount++;
          return;
        }
        before.delete(id);
        if (!isDelete) before.set(id, undefined as never);
      };
      await db.transaction((tx) => {
        for (let each = 0; each < 4; each++) statement(tx.sale);
      });
      disk.reads.heal();
      expect(new Set(db.sale.all().keys())).toEqual(new Set(before.keys()));
      for (const [id, due] of before) if (due !== undefined) expect({ ...db.sale.get(id) }).toEqual(due);
      const expected = expectedRows([...db.sale] as never);
      for (const view of VIEWS) expect([view, rowsOf(db as never, view)]).toEqual([view, expected[view]]);
      if (random() < 0.1) await db.compact();
    }
    expect(refusedCount).toBeGreaterThan(0);
    await db.close();
  });
});
