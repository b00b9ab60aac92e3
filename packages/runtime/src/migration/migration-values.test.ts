import { DatabaseError } from '@nuthatch/model';
import { keptValue, requiredValue } from './migration-values.js';

describe('requiredValue', () => {
  it('fits no type of a field, and refuses to run', () => {
    // @ts-expect-error: a stub must not compile before its user has given a value
    const text = (): string => requiredValue('age');
    // @ts-expect-error: nor where all of an object's fields are optional
    const object = (): { a?: number } => requiredValue('age');
    for (const call of [text, object]) expect(call).toThrow(/MIGRATION_INCOMPLETE.* no value for age/);
  });
});

describe('keptValue', () => {
  it('gives back what the document kept', () => {
    expect(keptValue<string>({ nick: 'bo' }, 'nick')).toBe('bo');
    expect(keptValue<null>({ nick: null }, 'nick')).toBeNull();
  });

  it.each([
    ['absent', {}, 'nick'],
    ['undefined', { nick: undefined }, 'nick'],
    ['of every object', {}, 'constructor'],
  ])('refuses a value that is %s', (_what, document, field) => {
    let thrown: unknown;
    try {
      keptValue(document, field);
    } catch (error) {
      thrown = error;
    }
    expect(DatabaseError.is(thrown, 'MIGRATION_INCOMPLETE')).toBe(true);
  });
});
