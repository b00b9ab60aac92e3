import { openDatabase } from '../generated/index.js';
import { addTask, nextTasks } from './tasks.js';

async function main(): Promise<void> {
  const db = await openDatabase({ directory: './data' });
  try {
    await addTask(db, `started at ${new Date().toISOString()}`, 1 + (db.task.size % 9));
    console.log(`tasks in ./data: ${db.task.size}; the most urgent:`);
    for (const task of nextTasks(db, 5)) console.log(`  ${task.priority}  ${task.title}`);
  } finally {
    await db.close();
  }
}

main();
