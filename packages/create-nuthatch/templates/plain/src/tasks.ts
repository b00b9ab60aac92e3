import type { NuthatchDatabase } from '../generated/index.js';

/** Adds a task; resolves when it is on the disk. */
export function addTask(db: NuthatchDatabase, title: string, priority: number) {
  return db.task.insert({ title, priority });
}

/** The most urgent items that are not done, at most `count`. Synchronous: nothing here touches a disk. */
export function nextTasks(db: NuthatchDatabase, count: number) {
  return db.task
    .findByPriority({ gte: 1 })
    .orderBy('priority', 'desc')
    .filter((task) => !task.isDone)
    .limit(count)
    .all();
}
