import { openDatabase } from '../generated/index.js';
import { buildServer } from './server.js';

async function main(): Promise<void> {
  const db = await openDatabase({ directory: './data' });
  const server = buildServer(db);
  const stop = async (): Promise<void> => {
    // Requests first: those under way still find the database open.
    await server.close();
    await db.close();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const address = await server.listen({ host: '127.0.0.1', port: Number(process.env['PORT'] ?? 3000) });
  console.log(`${db.task.size} tasks; listening on ${address}/tasks`);
}

main();
