/** Collections beyond the size at which their keys and unique values go from a Map to cells: nobody can tell. */
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { openPlayers, type PlayerDatabase, player } from './support/open-players.js';
import { seeded } from './support/seeded.js';

/** A little below the size, so that what follows goes beyond it. */
const BELOW = 112_000;

async function insertPlayers(db: PlayerDatabase, from: number, below: number): Promise<void> {
  for (let first = from; first < below; first += 1_000)
    await db.player.insertMany(Array.from({ length: 1_000 }, (_, index) => player(`p${first + index}`)));
}

/** Ids by address, from every document there is. */
function addresses(db: PlayerDatabase): Map<string, string> {
  return new Map(Array.from(db.player.all(), ({ email, id }) => [email, id]));
}

/** Asks for each document by id and address, and for some that are not there. */
function expectFindable(db: PlayerDatabase, idByEmail: ReadonlyMap<string, string>, gone: Iterable<string>): void {
  const lost: string[] = [];
  for (const [email, id] of idByEmail) {
    const document = db.player.get(id);
    if (document?.email !== email || db.player.findByEmail(email) !== document) lost.push(id);
  }
  expect(lost).toEqual([]);
  expect(db.player.size).toBe(idByEmail.size);
  for (const id of gone) expect(db.player.get(id)).toBeUndefined();
}

describe('a collection of more than 112,347 documents', () => {
  it('finds by key and unique value what a Map would, while documents come, go, swap and are taken back', async () => {
    await seeded(async (random) => {
      await using db = await openPlayers();
      await insertPlayers(db, 0, BELOW);
      const idByEmail = addresses(db);
      const emailById = new Map(Array.from(idByEmail, ([email, id]) => [id, email]));
      const gone = new Set<string>();
      let next = BELOW;
      const some = (): string => `p${Math.floor(random() * next)}`;
      const write = async (id: string, email: string | undefined): Promise<void> => {
        idByEmail.delete(emailById.get(id) as string);
        if (email === undefined) {
          emailById.delete(id);
          gone.add(id);
          await db.player.delete(id);
        } else {
          await db.player.update(id, { email });
          emailById.set(id, email);
          idByEmail.set(email, id);
        }
      };
      for (let step = 0; step < 6_000; step++) {
        const [a, b] = [some(), some()];
        const [emailA, emailB] = [emailById.get(a), emailById.get(b)];
        const kind = Math.floor(random() * 8);
        if (kind < 3) {
          const id = `p${next++}`;
          await db.player.insert(player(id));
          emailById.set(id, `${id}@x.io`);
          idByEmail.set(`${id}@x.io`, id);
        } else if (emailA === undefined || emailB === undefined || a === b) {
          expect([db.player.get(a)?.email, db.player.get(b)?.email]).toEqual([emailA, emailB]);
        } else if (kind === 3) await write(a, undefined);
        else if (kind === 4) await write(a, `${a}.${step}@x.io`);
        else if (kind === 5) {
          await db.transaction((tx) => {
            tx.player.update(a, { email: emailB });
            tx.player.update(b, { email: emailA });
          });
          for (const [id, email] of [
            [a, emailB],
            [b, emailA],
          ] as const) {
            emailById.set(id, email);
            idByEmail.set(email, id);
          }
        } else if (kind === 6) {
          const takenBack = db.transaction((tx) => {
            tx.player.update(a, { email: emailB });
            tx.player.delete(b);
            tx.player.insert(player(`other${step}`, { email: emailA }));
            throw new RangeError('no');
          });
          await expect(takenBack).rejects.toThrow('no');
        } else
          await expect(db.player.update(a, { email: emailB })).rejects.toMatchObject({
            code: 'DUPLICATE_KEY',
            facts: { holderKey: b },
          });
      }
      expectFindable(db, idByEmail, gone);
    });
  });

  it('finds documents that an opening left as bytes, before they are touched and afterwards', async () => {
    const fileSystem = new MemoryFileSystem();
    const options = { directory: '/data', fileSystem, compaction: 'manual', durability: 'memory' } as const;
    const count = BELOW + 3_000;
    let db = await openPlayers(options);
    await insertPlayers(db, 0, count);
    const idByEmail = addresses(db);
    await db.compact();
    await db.close();
    db = await openPlayers(options);
    expect([db.player.get('p1')?.email, db.player.findByEmail('p2@x.io')?.id]).toEqual(['p1@x.io', 'p2']);
    expectFindable(db, idByEmail, [`p${count}`]);
    expectFindable(db, idByEmail, [`p${count}`]);
    await db.close();
  });
});
