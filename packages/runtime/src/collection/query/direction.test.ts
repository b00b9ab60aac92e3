import { requireDirection } from './direction.js';

describe('requireDirection', () => {
  it('takes asc and desc', () => {
    for (const direction of ['asc', 'desc']) expect(() => requireDirection(direction)).not.toThrow();
  });

  it.each([
    ['ascending', "it is 'asc' now"],
    ['descending', "it is 'desc' now"],
    ['ASC', 'not "ASC"'],
    [1, 'not 1'],
    [null, 'not null'],
    [Symbol('desc'), 'not Symbol(desc)'],
    [Object.create(null), 'not {}'],
  ])('refuses %p', (direction, said) => {
    expect(() => requireDirection(direction)).toThrow(expect.objectContaining({ code: 'INVALID_QUERY' }) as Error);
    expect(() => requireDirection(direction)).toThrow(said);
  });
});
