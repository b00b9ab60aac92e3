/** Opens the database, serves the rooms and their page. */
import { runService } from '../shared/run-service.js';
import { serveChat } from './chat.js';
import { openDatabase } from './generated/index.js';

runService(3000, async ({ directory, port }) => {
  const db = await openDatabase({ directory });
  const service = await serveChat(db, port, 'public');
  return {
    url: service.url,
    close: async () => {
      await service.close();
      await db.close();
    },
  };
});
