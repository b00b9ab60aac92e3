import { DatabaseError } from '@nuthatch/model';
import { openPlayers } from '../../test/support/open-players.js';
import { MemoryFileSystem } from '../file-system/memory-file-system.js';
import { describeDatabase } from './database-description.js';

describe('describeDatabase', () => {
  it('names the same history after a reopening, and another for each opening in memory', async () => {
    const fileSystem = new MemoryFileSystem();
    const ids: string[] = [];
    for (let opening = 0; opening < 2; opening++) {
      await using db = await openPlayers({ directory: '/db', fileSystem });
      ids.push(describeDatabase(db).historyId);
      expect(describeDatabase(db).definitions.map(({ model }) => model.collection)).toContain('player');
    }
    expect(ids[0]).toBe(ids[1]);
    await using first = await openPlayers({ memory: true });
    await using second = await openPlayers({ memory: true });
    expect(describeDatabase(first).historyId).not.toBe(describeDatabase(second).historyId);
  });

  it('refuses what is not a database', () => {
    expect(() => describeDatabase({})).toThrow(DatabaseError);
  });

  it('lets a bulk load say so in its changes', async () => {
    await using db = await openPlayers({ memory: true });
    const origins: string[] = [];
    db.subscribe((change) => void origins.push(change.origin));
    await db.player.insert({ id: 'a', email: 'a@x.io', age: 1, name: 'A' }, { origin: 'load' });
    await db.player.insert({ id: 'b', email: 'b@x.io', age: 1, name: 'B' });
    expect(origins).toEqual(['load', 'live']);
  });
});
