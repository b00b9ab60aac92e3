import type { CommandContext } from '../../../runtime/src/database/command.js';
import { player, type TransactionRepositories } from '../../../runtime/test/support/open-players.js';
import { DirectoryFixture } from '../support/directory-fixture.js';

class Enroll {
  constructor(readonly id: string) {}
  execute(tx: TransactionRepositories, _context: CommandContext): void {
    tx.player.insert(player(this.id));
  }
}

let fixture: DirectoryFixture;
beforeEach(() => {
  fixture = new DirectoryFixture();
});
afterEach(() => fixture.remove());

describe('nuthatch inspect', () => {
  it('lists pages, snapshots, models and counts of a database that is open', async () => {
    const db = await fixture.open();
    for (let index = 0; index < 40; index++) await db.player.insert(player(`p${index}`));
    await db.compact();
    await db.player.delete('p1');
    const { exitCode, out } = await fixture.run('inspect', 'data');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^database [0-9a-f]{32}, incarnation 1/);
    expect(out).toMatch(/seq 41, changes kept from seq 1, .* in use, or not closed properly/);
    expect(out).toMatch(/snapshot 1: of seq 40/);
    expect(out).toMatch(/page 1: seq 1 to \d+/);
    expect(out).toMatch(/player: 39 documents of model [0-9a-f]{8} \(id, email, /);
    const { result } = await fixture.json('inspect', 'data');
    expect(result).toMatchObject({ lastSeq: 41, models: [{ collection: 'player', documentCount: 39 }] });
    expect(result).not.toHaveProperty('frames');
    await db.close();
  });

  it('--commands is the audit trail: which command wrote what and when', async () => {
    const db = await fixture.open();
    await db.commit(new Enroll('p1'));
    await db.player.delete('p1');
    await db.close();
    const { out } = await fixture.run('inspect', 'data', '--commands');
    expect(out).toMatch(/seq 1 \d{4}-.*Z Enroll\(\{"id":"p1"\}\): 1 put, 0 deletes in player/);
    expect(out).toMatch(/seq 2 .* live: 0 puts, 1 delete in player/);
    expect((await fixture.json('inspect', 'data', '--commands')).result.transactions).toHaveLength(2);
  });

  it('--frames lists the frames', async () => {
    await fixture.write(3);
    expect((await fixture.json('inspect', 'data', '--frames')).result.frames).toHaveLength(3);
    expect((await fixture.run('inspect', 'data', '--frames')).out.match(/^frame of page 1/gm)).toHaveLength(3);
  });

  it('lists damage instead of failing', async () => {
    await fixture.write(60);
    const name = fixture.damage(1);
    const { exitCode, out } = await fixture.run('inspect', 'data');
    expect([exitCode, out.includes(name)]).toEqual([0, true]);
  });
});
