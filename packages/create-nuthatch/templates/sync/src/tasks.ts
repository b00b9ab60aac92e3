import { openReplica } from '../generated/index.js';
import { APPLICATION, TOKEN } from './settings.js';

export type Tasks = Awaited<ReturnType<typeof openTasks>>;

/** A client's own database: read and written without the server, which gets the writes when it can be reached. */
export function openTasks(url: string, place: { directory: string } | { memory: true }) {
  return openReplica({ ...place, url, application: APPLICATION, token: () => TOKEN, subscribe: { task: true } });
}

/** One line for each task that is not done, the most urgent first. Synchronous: nothing here waits for the server. */
export function openTaskLines(tasks: Tasks): string[] {
  return tasks.task
    .all()
    .orderBy('priority', 'desc')
    .filter((task) => !task.isDone)
    .all()
    .map(({ id, priority, title }) => `${priority}  ${title}  (${id})`);
}
