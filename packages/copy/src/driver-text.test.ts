import { driverText } from './driver-text.js';

it.each([
  [new TypeError('plain'), 'plain'],
  [
    new Error("Cannot find module 'pg-copy-streams'\nRequire stack:\n- /home/me/a.js"),
    "Cannot find module 'pg-copy-streams'",
  ],
  [
    new Error('All failed. Error: connect ECONNREFUSED\n    at TCP (node:net:1:1) {\n  errno: -111\n}'),
    'All failed. Error: connect ECONNREFUSED',
  ],
  [new Error('[ { errno: 1 } ] Error {\n  a: 1\n}'), '[ { errno: 1 } ] Error'],
  [new AggregateError([]), 'AggregateError'],
  ['a text', 'a text'],
  [undefined, 'undefined'],
])('is one line of what the driver says', (error, text) => {
  expect(driverText(error)).toBe(text);
});
