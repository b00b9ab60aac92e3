/**
 * The process of one store: checks its answers against a plain look at every document, then times each question. Prints
 * one line of JSON. `node ask.mjs '{ "store": …, "documents": …, "limits": … }'`
 */
import { isDeepStrictEqual } from 'node:util';
import { timeOperation } from '../lib/timing.mjs';
import { makeIssues, randomFrom } from './issues.mjs';
import { QUESTIONS } from './questions.mjs';

const CHECKED_DRAWS = 5;
const DRAWS = 4_096;

const { store, documents, limits, wanted } = JSON.parse(process.argv[2]);
const { open } = await import(`./stores/${store}.mjs`);
const issues = makeIssues(documents);
const asked = await open(issues);
const results = {};

/** An answer as the plain one has it. */
function normalised({ name }, answer) {
  if (name === 'select') return answer.map(({ id, title }) => `${id} ${title}`);
  if (name === 'ends') return [answer.min, answer.max];
  if (name === 'countGroups') return answer.map(({ project, count }) => [project, count]).sort(byText);
  if (name === 'groups') return answer.map(({ status, count, sum, max }) => [status, count, sum, max]).sort(byText);
  if (name === 'groupsWithin') return answer.map(({ status, count, sum }) => [status, count, sum]).sort(byText);
  return Array.isArray(answer) ? answer.map((one) => one.id ?? one) : answer;
}

const byText = ([a], [b]) => (a < b ? -1 : a > b ? 1 : 0);

for (const question of QUESTIONS) {
  const { name, draw, plain, isSet, isWalk } = question;
  if (asked[name] === undefined || (wanted !== undefined && !wanted.includes(name))) continue;
  const random = randomFrom(7);
  for (let each = 0; each < (isWalk ? 1 : CHECKED_DRAWS); each++) {
    const drawn = draw(random);
    let found;
    if (isWalk) {
      const next = asked[name]();
      found = Array.from({ length: Math.ceil(Math.min(documents, 1_000) / 100) }, () =>
        normalised(question, next()),
      ).flat();
    } else found = normalised(question, asked[name](...drawn));
    let expected = plain(issues, drawn);
    if (isSet) [found, expected] = [[...found].sort(), [...expected].sort()];
    if (!isDeepStrictEqual(found, expected)) {
      const shown = (answer) => JSON.stringify(answer)?.slice(0, 200);
      console.log(
        JSON.stringify({ error: `${name} ${JSON.stringify(drawn)}: ${shown(found)}, not ${shown(expected)}` }),
      );
      process.exit(1);
    }
  }
  const draws = Array.from({ length: DRAWS }, () => draw(random));
  const next = isWalk ? asked[name]() : undefined;
  const operation = isWalk ? () => next() : (index) => asked[name](...draws[index % DRAWS]);
  results[name] = await timeOperation(operation, { limits });
}
await asked.close();
console.log(JSON.stringify({ results }));
