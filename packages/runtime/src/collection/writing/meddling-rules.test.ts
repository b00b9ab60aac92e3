/** Rules and patches should only look at what is written; what becomes of a write whose rules write themselves. */

import type { PlayerDatabase, Repositories, TransactionRepositories } from '../../../test/support/open-players.js';
import { player } from '../../../test/support/open-players.js';
import { type Player, playerDefinition } from '../../../test/support/player-definition.js';
import { openDatabase } from '../../database/open-database.js';

async function openWith(meddle: (db: PlayerDatabase, name: string) => void): Promise<PlayerDatabase> {
  const db: PlayerDatabase = await openDatabase<Repositories, TransactionRepositories>(
    [
      {
        ...playerDefinition,
        validate: (document, fields) => {
          meddle(db, (document as Player).name);
          return playerDefinition.validate(document as Player, fields);
        },
      },
    ],
    { memory: true },
  );
  await db.player.insertMany([player('p1'), player('p2')]);
  return db;
}

describe('a rule that writes', () => {
  it('and deletes the same document leaves nothing of the update, not even in a reused slot', async () => {
    const db = await openWith((open, name) => {
      if (name !== 'meddle') return;
      void open.player.delete('p1');
      void open.player.insert(player('p3'));
    });
    await expect(db.transaction((tx) => void tx.player.update('p1', { name: 'meddle' }))).rejects.toMatchObject({
      code: 'DOCUMENT_NOT_FOUND',
    });
    expect(db.player.all().keys()).toEqual(['p1', 'p2']);
    expect(db.player.get('p1')?.name).toBe('Player p1');
    expect(db.player.findByEmail('p1@x.io')?.id).toBe('p1');
    await db.close();
  });

  it('to the very document is not undone by half: the update is what counts, with all its indexes', async () => {
    const db = await openWith((open, name) => {
      if (name === 'meddle') void open.player.update('p1', { name: 'between', email: 'between@x.io', age: 44 });
    });
    await db.player.update('p1', { name: 'meddle', age: 20 });
    expect(db.player.get('p1')).toMatchObject({ name: 'meddle', age: 20, email: 'p1@x.io' });
    expect([db.player.findByEmail('between@x.io'), db.player.findByEmail('p1@x.io')?.id]).toEqual([undefined, 'p1']);
    expect(db.player.findByAge({ gte: 40 }).count()).toBe(0);
    await db.close();
  });
});
