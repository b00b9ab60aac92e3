import { DatabaseError } from '@nuthatch/model';
import { readSteadily } from './steady-read.js';

const sound = (): readonly unknown[] => [];

function damaged(reason: string): DatabaseError {
  return new DatabaseError('JOURNAL_DAMAGED', `page-1.nut: ${reason}`, { reason });
}

/** An attempt that throws or returns these, one after the other, the last one forever. */
function inTurn(outcomes: readonly unknown[]): { readonly attempt: () => Promise<unknown>; count: number } {
  const state = {
    count: 0,
    attempt: async () => {
      const outcome = outcomes[Math.min(state.count++, outcomes.length - 1)];
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
  };
  return state;
}

describe('readSteadily', () => {
  it('continues while the damage is at another place each time, as beside a quick writer', async () => {
    const outcomes = [
      ...Array.from({ length: 6 }, (_, number) => damaged(`page ${number} is missing`)),
      ...Array.from({ length: 12 }, (_, number) => damaged(`manifest is older than page ${number}`)),
    ];
    const reading = inTurn([...outcomes, 'whole']);
    expect(await readSteadily(reading.attempt, sound)).toBe('whole');
    expect(reading.count).toBe(19);
  });

  it('believes damage that is the same five times, thrown or reported, also between other findings', async () => {
    const [real, other] = [damaged('checksum at 60'), damaged('page 7 is missing')];
    const thrown = inTurn([other, real, real, other, real, real, real]);
    await expect(readSteadily(thrown.attempt, sound)).rejects.toBe(real);
    expect(thrown.count).toBe(7);
    const reported = inTurn([{ damage: [{ offset: 9 }] }, { damage: [{ offset: 60 }] }]);
    const damageOf = (found: unknown): readonly unknown[] => (found as { damage: unknown[] }).damage;
    expect(await readSteadily(reported.attempt, damageOf)).toEqual({ damage: [{ offset: 60 }] });
    expect(reported.count).toBe(6);
  });

  it('throws at once what no writer causes', async () => {
    const reading = inTurn([new DatabaseError('FORMAT_UNSUPPORTED', 'of a later version', {})]);
    await expect(readSteadily(reading.attempt, sound)).rejects.toMatchObject({ code: 'FORMAT_UNSUPPORTED' });
    expect(reading.count).toBe(1);
  });
});
