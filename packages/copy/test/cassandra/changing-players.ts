/** What happens to a database between two copies: inserts, deletes, moved values. The same for the same number. */
import type { NuthatchDatabase } from '../../../../generated/index.js';

const PLAYER_COUNT = 100;

export const player = (number: number, version: number) => ({
  id: `p${number}`,
  email: `${number}.${version % 3}@x.io`,
  clubs: [`c${version % 4}`, `d${number % 2}`],
  age: (number + version) % 50,
  joinedAt: new Date(version),
  name: `Zoë ${'x'.repeat(version % 5)}`,
});

export async function changePlayers(db: NuthatchDatabase, change: number): Promise<void> {
  await db.transaction((tx) => {
    for (let number = change; number < PLAYER_COUNT; number += change === 0 ? 1 : 4)
      tx.player.upsert(player(number, change));
    if (change > 0) {
      tx.player.delete(`p${PLAYER_COUNT - change}`);
      tx.player.upsert(player(PLAYER_COUNT + change, change));
    }
  });
}
