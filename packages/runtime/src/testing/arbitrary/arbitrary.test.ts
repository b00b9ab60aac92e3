import fc from 'fast-check';
import {
  City,
  Club,
  Machine,
  Match,
  Membership,
  openDatabase,
  Part,
  Player,
  Session,
} from '../../../../../generated/index.js';
import { arbitrary, arbitraryMany } from '../../fast-check.js';
import { createTestDatabase } from '../../testing.js';

beforeAll(async () => {
  await (await createTestDatabase(openDatabase)).close();
});

describe('arbitrary', () => {
  it('makes valid documents of every class, and any that are inserted come back', async () => {
    const base = await createTestDatabase(openDatabase);
    const classes = [
      ['player', Player],
      ['club', Club],
      ['city', City],
      ['match', Match],
      ['membership', Membership],
      ['sessions', Session],
      ['part', Part],
      ['machine', Machine],
    ] as const;
    for (const [name, type] of classes) {
      await fc.assert(
        fc.asyncProperty(arbitraryMany(type as typeof Player), async (documents) => {
          using db = base.fork();
          const stored = await (db[name] as typeof db.player).insertMany(documents);
          expect(stored).toEqual(documents);
          expect(db[name].size).toBe(documents.length);
        }),
        { numRuns: 30 },
      );
    }
    await base.close();
  });

  it('makes instances that keep their rules, and shrinks to the simplest that fails', () => {
    fc.assert(
      fc.property(arbitrary(Player), (player) => player instanceof Player && player.age >= 0 && player.age <= 120),
    );
    const report = fc.check(
      fc.property(arbitrary(Player), ({ age }) => age < 50),
      { seed: 1 },
    );
    expect(report.counterexample?.[0].age).toBeGreaterThanOrEqual(50);
    expect(report.counterexample?.[0].clubs).toEqual([]);
  });

  it('takes arbitraries for fields, and refuses others', () => {
    const named = arbitrary(Player, { name: fc.constantFrom('Ann', 'Bea') });
    fc.assert(fc.property(named, ({ name }) => name === 'Ann' || name === 'Bea'));
    expect(() => arbitrary(Player, { nome: fc.string() } as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
    expect(() => arbitrary(Player, { name: 'Ann' } as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
    expect(() => arbitrary(class Other {})).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  it('says so when hardly any is valid', () => {
    const impossible = arbitrary(Player, { age: fc.constant(500) });
    expect(() => fc.sample(impossible, 1)).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }));
  });
});
