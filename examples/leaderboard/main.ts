/** Opens the database, serves the leaderboard and its page. */
import { runService } from '../shared/run-service.js';
import { openDatabase } from './generated/index.js';
import { serveLeaderboard } from './leaderboard.js';

runService(3000, async ({ directory, port }) => {
  const db = await openDatabase({ directory });
  const service = await serveLeaderboard(db, port, 'public');
  return {
    url: service.url,
    close: async () => {
      await service.close();
      await db.close();
    },
  };
});
