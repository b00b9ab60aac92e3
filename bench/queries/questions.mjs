/**
 * The questions of `node bench/queries.mjs`, one row of its table each. A new row is an entry here, and a function of the
 * same name in the files of `stores` that can answer it.
 *
 *   draw(random, data)   what one question is asked with
 *   plain(issues, draw)  the right answer, by a look at every document
 *   isSet                the order of the answer means nothing
 *   unit                 ns, µs or ms: what the table tells
 *   why                  said below the table where another store is ahead
 */
import { ASSIGNEES, PROJECTS, STATUSES, teamOf } from './issues.mjs';

const below = (random, count) => Math.floor(random() * count);
const project = (random) => `project ${below(random, PROJECTS)}`;
const assignee = (random) => `person ${below(random, ASSIGNEES)}`;
const ids = (issues) => issues.map(({ id }) => id);
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const groups = (issues, of) => {
  const found = new Map();
  for (const issue of issues) {
    const members = found.get(of(issue));
    if (members === undefined) found.set(of(issue), [issue]);
    else members.push(issue);
  }
  return [...found].sort(([a], [b]) => compare(a, b));
};
const sum = (issues, field) => issues.reduce((total, issue) => total + issue[field], 0);

export const QUESTIONS = [
  {
    name: 'or',
    title: 'OR: of an assignee, or urgent in a project; about 130 documents',
    unit: 'µs',
    isSet: true,
    why: 'Nuthatch looks at each of the 280 documents that the narrowest index of each branch names; LokiJS keeps binary indexes over live objects, which may be changed under it.',
    draw: (random) => [assignee(random), project(random)],
    plain: (issues, [who, of]) =>
      ids(issues.filter((issue) => issue.assignee === who || (issue.project === of && issue.priority >= 4))),
  },
  {
    name: 'orderedWithin',
    title: 'two orders, one rising and one falling, 20 of 200 documents of a project',
    unit: 'µs',
    why: 'SQLite has an index over these three fields, in these directions. Nuthatch sorts the 200 documents of the project.',
    draw: (random) => [project(random)],
    plain: (issues, [of]) =>
      ids(
        issues
          .filter((issue) => issue.project === of)
          .sort((a, b) => b.priority - a.priority || a.createdAt - b.createdAt)
          .slice(0, 20),
      ),
  },
  {
    name: 'orderedAll',
    title: 'two orders, both falling, 20 of all documents, from a random priority on',
    unit: 'µs',
    draw: (random) => [1 + below(random, 5)],
    plain: (issues, [most]) =>
      ids(
        issues
          .filter(({ priority }) => priority <= most)
          .sort((a, b) => b.priority - a.priority || b.createdAt - a.createdAt)
          .slice(0, 20),
      ),
  },
  {
    name: 'join',
    title: 'join: urgent issues of the 5 projects of a team, 400 of 1,000 documents',
    unit: 'µs',
    isSet: true,
    draw: (random) => [teamOf(project(random))],
    plain: (issues, [team]) => ids(issues.filter((issue) => teamOf(issue.project) === team && issue.priority >= 4)),
  },
  {
    name: 'joinInOrder',
    title: 'join in order: the newest 20 of the 1,000 issues of a team',
    unit: 'µs',
    draw: (random) => [teamOf(project(random))],
    plain: (issues, [team]) =>
      ids(
        issues
          .filter((issue) => teamOf(issue.project) === team)
          .sort((a, b) => b.createdAt - a.createdAt)
          .slice(0, 20),
      ),
  },
  {
    name: 'countBoth',
    title: 'count of two conditions: open, in a project',
    unit: 'µs',
    why: 'Both count by an index over both fields and a third.',
    draw: (random) => [project(random), STATUSES[below(random, STATUSES.length)]],
    plain: (issues, [of, status]) => issues.filter((issue) => issue.project === of && issue.status === status).length,
  },
  {
    name: 'countGroups',
    title: 'count by project, all documents',
    unit: 'µs',
    draw: () => [],
    plain: (issues) => groups(issues, (issue) => issue.project).map(([of, members]) => [of, members.length]),
  },
  {
    name: 'groups',
    title: 'count, sum and greatest by status, all documents',
    unit: 'ms',
    why: 'Both read an index that was made for this question.',
    draw: () => [],
    plain: (issues) =>
      groups(issues, ({ status }) => status).map(([of, members]) => [
        of,
        members.length,
        sum(members, 'estimate'),
        members.reduce((most, { priority }) => Math.max(most, priority), 0),
      ]),
  },
  {
    name: 'groupsWithin',
    title: 'count and sum by status, 200 documents of a project',
    unit: 'µs',
    why: 'Both read the 200 entries of the project in an index that was made for this question.',
    draw: (random) => [project(random)],
    plain: (issues, [of]) =>
      groups(
        issues.filter((issue) => issue.project === of),
        ({ status }) => status,
      ).map(([status, members]) => [status, members.length, sum(members, 'estimate')]),
  },
  {
    name: 'ends',
    title: 'first and last date of an open issue',
    unit: 'µs',
    draw: (random) => [STATUSES[below(random, STATUSES.length)]],
    plain: (issues, [status]) => {
      const dates = issues.filter((issue) => issue.status === status).map(({ createdAt }) => createdAt);
      return [dates.reduce((a, b) => Math.min(a, b)), dates.reduce((a, b) => Math.max(a, b))];
    },
  },
  {
    name: 'distinct',
    title: 'distinct assignees of a project',
    unit: 'µs',
    isSet: true,
    why: 'Both read the entries of the project in an index over both fields; those of Nuthatch do not lie side by side in memory.',
    draw: (random) => [project(random)],
    plain: (issues, [of]) => [
      ...new Set(
        issues.filter((issue) => issue.project === of && issue.assignee !== undefined).map((issue) => issue.assignee),
      ),
    ],
  },
  {
    name: 'distinctAll',
    title: 'distinct assignees of all documents',
    unit: 'µs',
    isSet: true,
    why: 'SQLite jumps from value to value in the order of its index. A tag index has no order, so the values are sorted.',
    draw: () => [],
    plain: (issues) => [...new Set(issues.map((issue) => issue.assignee).filter((who) => who !== undefined))],
  },
  {
    name: 'select',
    title: 'two fields of the 200 documents of a project',
    unit: 'µs',
    isSet: true,
    draw: (random) => [project(random)],
    plain: (issues, [of]) => issues.filter((issue) => issue.project === of).map(({ id, title }) => `${id} ${title}`),
  },
  {
    name: 'page',
    title: 'one page of 100 of a walk over all documents by date, with a cursor',
    unit: 'µs',
    // The pages of one walk in turn; `walk` begins anew after the last one.
    isWalk: true,
    draw: () => [],
    plain: (issues) =>
      ids([...issues].sort((a, b) => a.createdAt - b.createdAt || compare(a.id, b.id)).slice(0, 1_000)),
  },
];
