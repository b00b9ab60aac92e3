/**
 * Random drafts, releases, revisions, states, deletes and transactions that throw, against a plain reference, over a
 * journal that is compacted, reopened, backed up and restored at random points. Released bytes are noted when they are
 * released and compared after everything (invariant J7). NUTHATCH_RELEASE_OPERATIONS says how many operations.
 */
import { DatabaseError } from '@nuthatch/model';
import fc from 'fast-check';
import { type NuthatchDatabase, openDatabase, type TransactionRepositories } from '../../../../generated/index.js';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { repeats } from '../support/long-run.js';
import { ReferenceParts, Refused, type State } from './released-documents-reference.js';

const STEPS_PER_RUN = 60;
const RUN_COUNT = Math.ceil(repeats('NUTHATCH_RELEASE_OPERATIONS', 1_800) / STEPS_PER_RUN);

const ids = fc.constantFrom('a', 'b', 'c');
const states = fc.constantFrom<State>('draft', 'active', 'obsolete');
const operation = fc.oneof(
  fc.record({ kind: fc.constant('insert' as const), id: ids, weight: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('update' as const), id: ids, weight: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('upsert' as const), id: ids, weight: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constantFrom('release' as const, 'revise' as const, 'release' as const), id: ids }),
  fc.record({ kind: fc.constantFrom('release' as const, 'revise' as const, 'delete' as const), id: ids }),
  fc.record({
    ...{ kind: fc.constant('setState' as const), id: ids, to: states },
    release: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  }),
);
type Operation = typeof operation extends fc.Arbitrary<infer O> ? O : never;

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('one' as const), operation }) },
  {
    weight: 3,
    arbitrary: fc.record({
      ...{ kind: fc.constant('transaction' as const), operations: fc.array(operation, { maxLength: 5 }) },
      isThrown: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('reopen' as const, 'compact' as const, 'restore' as const) }),
  },
);

jest.setTimeout(3_600_000);

describe('releases and lifetimes against a plain reference', () => {
  it('give the same answers, and released bytes stay as they were', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: STEPS_PER_RUN, size: 'max' }), async (steps) => {
        const run = new Run();
        await run.open();
        try {
          for (const each of steps) {
            await run.take(each);
            run.compare();
          }
          await run.take({ kind: 'reopen' });
          run.compare();
        } finally {
          await run.close();
        }
      }),
      { numRuns: RUN_COUNT },
    );
  });
});

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

class Run {
  readonly #fileSystem = new MemoryFileSystem();
  readonly #reference = new ReferenceParts();
  /** What was released: digest by key and release. */
  readonly #released = new Map<string, string>();
  #directory = '/0';
  #restored = 0;
  #db!: NuthatchDatabase;

  async open(): Promise<void> {
    const place = { directory: this.#directory, fileSystem: this.#fileSystem };
    this.#db = await openDatabase({ ...place, pageBytes: 4096, durability: 'os' } as never);
  }

  close(): Promise<void> {
    return this.#db.close();
  }

  async take(step: Step): Promise<void> {
    const db = this.#db;
    if (step.kind === 'one') {
      await this.#same((part) => applyTo(part, step.operation));
    } else if (step.kind === 'transaction') {
      await this.#same((part) => {
        for (const each of step.operations) applyTo(part, each);
        if (step.isThrown) throw new Refused('thrown');
      });
    } else if (step.kind === 'compact') await db.compact();
    else if (step.kind === 'reopen') {
      await db.close();
      await this.open();
    } else {
      const directory = `/${++this.#restored}`;
      await db.backup(directory);
      await db.close();
      this.#directory = directory;
      await this.open();
    }
  }

  /** Both accept it, or both refuse it with the same code and are as they were. */
  async #same(work: (part: Parts) => void): Promise<void> {
    const saved = this.#reference.saved();
    let expected: string | undefined;
    try {
      work(this.#reference);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      expected = error.message;
      this.#reference.goBack(saved);
    }
    let found: string | undefined;
    try {
      await this.#db.transaction(({ part }) => work(new EngineParts(part)));
    } catch (error) {
      if (error instanceof Refused) found = error.message;
      else if (DatabaseError.is(error)) found = error.code;
      else throw error;
    }
    expect(found).toBe(expected);
  }

  compare(): void {
    const { part } = this.#db;
    const shown = part
      .all()
      .all()
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(
      shown.map(({ id, weight, state }) => ({
        ...{ part: { id, weight, state }, revision: part.revision(id), isReleased: part.isReleased(id) },
        releases: part.history(id).map(({ document }) => ({ weight: document.weight, state: document.state })),
      })),
    ).toEqual(this.#reference.shown);
    for (const state of ['draft', 'active', 'obsolete'] as const)
      expect(part.findByState(state).count()).toBe(shown.filter((each) => each.state === state).length);
    for (const { id } of shown)
      for (const { release, digest } of part.history(id)) {
        const name = `${id}/${release}`;
        const known = this.#released.get(name);
        if (known === undefined) this.#released.set(name, digest);
        else expect([name, digest]).toEqual([name, known]);
      }
  }
}

interface Parts {
  insert(id: string, weight: number): void;
  update(id: string, weight: number): void;
  upsert(id: string, weight: number): void;
  setState(id: string, to: State, release: number | undefined): void;
  release(id: string): void;
  revise(id: string): void;
  delete(id: string): unknown;
}

class EngineParts implements Parts {
  constructor(readonly part: TransactionRepositories['part']) {}

  insert(id: string, weight: number): void {
    this.part.insert({ id, number: id, weight });
  }

  update(id: string, weight: number): void {
    this.part.update(id, { weight });
  }

  upsert(id: string, weight: number): void {
    this.part.upsert({ id, number: id, weight });
  }

  setState(id: string, to: State, release: number | undefined): void {
    this.part.setLifetime(id, to, { ...(release !== undefined && { release }) });
  }

  release(id: string): void {
    this.part.release(id);
  }

  revise(id: string): void {
    this.part.revise(id);
  }

  delete(id: string): unknown {
    return this.part.delete(id);
  }
}

function applyTo(parts: Parts, operation: Operation): void {
  const { kind, id } = operation;
  if (kind === 'setState') parts.setState(id, operation.to, operation.release);
  else if ('weight' in operation) parts[operation.kind](id, operation.weight);
  else parts[operation.kind](id);
}
