import { requireDirection } from './direction.js';

describe('requireDirection', () => {
  it('takes asc and desc', () => {
    for (const direction of ['asc', 'desc']) expect(() => requireDirection(direction)).not.toThrow();
  });

  it.each([
    ['ascending', "it is called 'asc' now"],
    ['descending', "it is called 'desc' now"],
    ['ASC', 'found "ASC"'],
    [1, 'found 1'],
    [null, 'found null'],
    [Symbol('desc'), 'found Symbol(desc)'],
    [Object.create(null), 'found {}'],
  ])('refuses %p', (direction, said) => {
    expect(() => requireDirection(direction)).toThrow(expect.objectContaining({ code: 'INVALID_QUERY' }) as Error);
    expect(() => requireDirection(direction)).toThrow(said);
  });
});
