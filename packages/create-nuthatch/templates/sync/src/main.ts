import { openDatabase } from '../generated/index.js';
import { serveTasks } from './server.js';
import { PORT } from './settings.js';

async function main(): Promise<void> {
  const db = await openDatabase({ directory: './data' });
  const server = await serveTasks(db, PORT);
  const stop = async (): Promise<void> => {
    // Clients first: they go on offline, and come back.
    await server.close();
    await db.close();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  console.log(`${db.task.size} tasks; listening on ws://127.0.0.1:${server.port}`);
}

main();
