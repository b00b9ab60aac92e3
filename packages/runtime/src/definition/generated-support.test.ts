import { mismatch } from './generated-support.js';

class Issue {}
class User {}

it.each<[string, unknown]>([
  ['a Date', new Date(5)],
  ['an invalid date', new Date(Number.NaN)],
  ['an object', {}],
  ['an Issue', new Issue()],
  ['a User', new User()],
  ['an array', []],
  ['null', null],
  ['5', 5],
])('says that it found %s', (found, value) => {
  expect(mismatch(undefined, 'title', 'a string', value)).toMatchObject([
    { path: 'title', message: `title must be a string, found ${found}` },
  ]);
});
