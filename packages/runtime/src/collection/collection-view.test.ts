import { openPlayers, player } from '../../test/support/open-players.js';
import { MemoryFileSystem } from '../file-system/memory-file-system.js';

describe('compaction and backup of an open database', () => {
  it('hold one state while writes go on, and find all its documents', async () => {
    const fileSystem = new MemoryFileSystem();
    const options = { directory: '/data', fileSystem, pageBytes: 4096, durability: 'os' as const };
    const db = await openPlayers(options);
    for (let round = 0; round < 5; round++) {
      for (let index = 0; index < 60; index++)
        await db.player.upsert(player(`p${index}`, { age: round }), index === 0 ? { ttlMs: 60_000 } : {});
    }
    const compacting = db.compact();
    const backingUp = db.backup('/backup');
    for (let index = 0; index < 40; index++) {
      await db.player.update(`p${index}`, { age: 90 });
      if (index % 3 === 0) await db.player.delete(`p${index}`);
      if (index % 6 === 0) await db.player.insert(player(`p${index}`, { age: 91 }));
      await db.player.insert(player(`new${index}`));
    }
    const report = await compacting;
    expect(report.removedFiles.length + report.leftFiles.length).toBeGreaterThanOrEqual(0);
    expect(report.seq).toBeGreaterThanOrEqual(300);
    const { lastSeq } = await backingUp;
    expect(lastSeq).toBeGreaterThanOrEqual(300);
    const expected = db.player
      .all()
      .all()
      .map(({ id, age }) => [id, age, db.player.revision(id)])
      .sort();
    await db.close();
    const again = await openPlayers(options);
    expect(
      again.player
        .all()
        .all()
        .map(({ id, age }) => [id, age, again.player.revision(id)])
        .sort(),
    ).toEqual(expected);
    await again.compact();
    const { removedFiles } = await again.compact();
    expect(removedFiles.length).toBeGreaterThan(0);
    await again.close();
    const third = await openPlayers(options);
    expect(
      third.player
        .all()
        .all()
        .map(({ id, age }) => [id, age, third.player.revision(id)])
        .sort(),
    ).toEqual(expected);
    await third.close();
    const restored = await openPlayers({ ...options, directory: '/backup' });
    expect(restored.recovery?.lastSeq).toBe(lastSeq);
    expect(restored.player.size).toBeGreaterThanOrEqual(40);
    await restored.close();
  });

  it('are refused in memory', async () => {
    const db = await openPlayers();
    await expect(db.compact()).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(db.backup('/x')).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await db.close();
  });
});
