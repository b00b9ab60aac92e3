/** The documents of the queries' benchmark: 200 in a project, 80 of an assignee, no two dates alike. */
export const STATUSES = ['open', 'doing', 'review', 'done'];
/** Set by the count of documents. */
export let PROJECTS = 500;
export let ASSIGNEES = 1_000;

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Five projects of each team. */
export const teamOf = (project) => `team ${Number(project.split(' ')[1]) % Math.max(1, Math.round(PROJECTS / 5))}`;

/** Of the issues that were made last. */
export function makeProjects() {
  return Array.from({ length: PROJECTS }, (_, index) => ({ id: `project ${index}`, team: teamOf(`project ${index}`) }));
}

export function makeIssues(count) {
  PROJECTS = Math.max(2, Math.round(count / 200));
  ASSIGNEES = Math.max(2, Math.round(count / 100));
  const random = randomFrom(count);
  const below = (end) => Math.floor(random() * end);
  return Array.from({ length: count }, (_, index) => ({
    id: `issue-${String(index).padStart(8, '0')}`,
    project: `project ${below(PROJECTS)}`,
    status: STATUSES[below(STATUSES.length)],
    ...(random() < 0.8 && { assignee: `person ${below(ASSIGNEES)}` }),
    priority: 1 + below(5),
    // Spread over the documents in no order, and each once: 7,919 is a prime that no count of documents divides.
    createdAt: 1_700_000_000_000 + ((index * 7_919) % count) * 60_000,
    estimate: 1 + below(40),
    title: `Something does not work as it should, ${index}`,
    text: 'It was seen after the last release, and it goes away when the page is loaded again. '.repeat(2),
  }));
}
