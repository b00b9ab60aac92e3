/** Opens the database, serves the contacts. */
import { runService } from '../shared/run-service.js';
import { openDatabase } from './generated/index.js';
import { buildServer } from './server.js';

runService(3000, async ({ directory, port }) => {
  const db = await openDatabase({ directory });
  const server = await buildServer(db);
  return {
    url: await server.listen({ host: '127.0.0.1', port }),
    close: async () => {
      // Requests first: those under way still find the database open.
      await server.close();
      await db.close();
    },
  };
});
