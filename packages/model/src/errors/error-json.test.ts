import { DatabaseError } from './database-error.js';

const through = (error: unknown): unknown => JSON.parse(JSON.stringify(error));

describe('JSON of an error', () => {
  it('has code, message, facts, hint and whether to try again', () => {
    const error = new DatabaseError('CHANGES_GONE', 'seq 3 is gone', { since: 3n, at: new Date(0), keys: ['a', 1n] });
    expect(through(error)).toEqual({
      name: 'DatabaseError',
      code: 'CHANGES_GONE',
      message: error.message,
      facts: { since: '3', at: '1970-01-01T00:00:00.000Z', keys: ['a', '1'] },
      hint: error.hint,
      retryable: false,
      docs: '@nuthatch/runtime/docs/errors.md#changes_gone',
    });
  });

  it('has the cause, of every type, and its causes', () => {
    const disk = Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC', syscall: 'write' });
    const write = new DatabaseError('JOURNAL_WRITE_FAILED', 'write failed', { file: 'page' }, { cause: disk });
    const failed = new DatabaseError('DATABASE_FAILED', 'the journal failed', {}, { cause: write });
    expect(through({ error: failed })).toMatchObject({
      error: {
        code: 'DATABASE_FAILED',
        cause: {
          code: 'JOURNAL_WRITE_FAILED',
          message: write.message,
          cause: { name: 'Error', code: 'ENOSPC', message: disk.message },
        },
      },
    });
    expect(through(new DatabaseError('ABORTED', 'x', {}, { cause: 'stopped' }))).toMatchObject({ cause: 'stopped' });
  });

  it('never throws: not for what contains itself, not for getters that throw, not for numbers that JSON lacks', () => {
    const circle: Record<string, unknown> = { number: Number.NaN, call: () => 1, symbol: Symbol('s') };
    circle['self'] = circle;
    Object.defineProperty(circle, 'bad', {
      enumerable: true,
      get: () => {
        throw new TypeError('no');
      },
    });
    const error = new DatabaseError('INVALID_OPTION', 'x', { circle, map: new Map([[1, 2]]) });
    Object.assign(error, { cause: error });
    expect(through(error)).toMatchObject({ code: 'INVALID_OPTION', message: error.message });
  });
});
