import { openPlayers, player } from '../../test/support/open-players.js';
import type { Change } from './change.js';
import type { ChangeGap } from './change-gap.js';
import type { WholeChangesOptions } from './changes-options.js';

type Item = Pick<Change | ChangeGap, 'kind'>;

async function read<T>(iterator: AsyncIterator<T>, count: number): Promise<T[]> {
  const items: T[] = [];
  for (let index = 0; index < count; index++) items.push((await iterator.next()).value as T);
  return items;
}

const show = (item: Item): unknown =>
  item.kind === 'gap'
    ? [(item as ChangeGap).fromSeq, (item as ChangeGap).toSeq, (item as ChangeGap).changeCount]
    : (item as Change).key;

async function insert(db: Awaited<ReturnType<typeof openPlayers>>, from: number, to: number): Promise<void> {
  for (let index = from; index <= to; index++) await db.player.insert(player(`p${index}`));
}

describe('a slow reader of changes', () => {
  it('that drops reads one gap for all it missed, then the newest changes', async () => {
    const db = await openPlayers();
    using changes = db.player.changes({ onOverflow: 'drop', bufferCount: 3 });
    await insert(db, 1, 9);
    expect((await read(changes, 4)).map(show)).toEqual([[1n, 6n, 6], 'p7', 'p8', 'p9']);
    await insert(db, 10, 11);
    expect((await read(changes, 2)).map(show)).toEqual(['p10', 'p11']);
    await db.close();
  });

  it('that drops loses whole transactions and can read them again from the gap', async () => {
    const db = await openPlayers();
    using changes = db.changes({ onOverflow: 'drop', bufferCount: 3 });
    await db.player.insertMany(['a', 'b', 'c', 'd', 'e'].map((id) => player(id)));
    await db.player.insert(player('f'));
    const [gap, change] = await read(changes, 2);
    expect([gap, change].map((item) => show(item as Item))).toEqual([[1n, 1n, 5], 'f']);
    using exactly = db.changes({ since: (gap as ChangeGap).since });
    expect((await read(exactly, 6)).map(show)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    using behind = db.changes({ since: (gap as ChangeGap).cursor });
    expect((await read(behind, 1)).map(show)).toEqual(['f']);
    expect(JSON.parse(JSON.stringify(gap))).toMatchObject({ kind: 'gap', fromSeq: '1', toSeq: '1', changeCount: 5 });
    using again = db.changes({ since: (gap as ChangeGap).fromSeq - 1n });
    expect((await read(again, 6)).map(show)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    await db.close();
  });

  it('that closes gets a seq from which nothing is lost, although half a transaction was read', async () => {
    const db = await openPlayers();
    using changes = db.changes({ bufferCount: 3 });
    const loop = read(changes, 1);
    await db.player.insertMany(['a', 'b', 'c'].map((id) => player(id)));
    expect((await loop).map(show)).toEqual(['a']);
    await insert(db, 1, 5);
    const error = await changes.next().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'CHANGES_GONE', facts: { resumeSince: 0n, bufferCount: 3 } });
    using again = db.changes({ since: 0n });
    expect((await read(again, 4)).map(show)).toEqual(['a', 'b', 'c', 'p1']);
    const { resumeCursor } = (error as { facts: { resumeCursor: string } }).facts;
    using exactly = db.changes({ since: resumeCursor });
    expect((await read(exactly, 3)).map(show)).toEqual(['b', 'c', 'p1']);
    await db.close();
  });

  it('with onOverflow wait loses nothing, and delays drained() but no write', async () => {
    const db = await openPlayers();
    using changes = db.changes({ onOverflow: 'wait', bufferCount: 3 });
    await insert(db, 1, 8);
    let isDrained = false;
    const drained = db.drained().then(() => {
      isDrained = true;
    });
    await read(changes, 4);
    expect(isDrained).toBe(false);
    await insert(db, 9, 9);
    await read(changes, 1);
    expect(isDrained).toBe(false);
    await read(changes, 1);
    await drained;
    expect((await read(changes, 3)).map(show)).toEqual(['p7', 'p8', 'p9']);
    await db.drained();
    await db.close();
  });

  it('with onOverflow wait lets drained() resolve when it ends', async () => {
    const db = await openPlayers();
    const changes = db.changes({ onOverflow: 'wait', bufferCount: 1 });
    await insert(db, 1, 3);
    const drained = db.drained();
    changes[Symbol.dispose]();
    await drained;
    await db.close();
  });

  it('is bounded by the bytes of what it holds: it closes, drops, or is closed though it was to be waited for', async () => {
    const db = await openPlayers({ memory: true });
    const name = 'n'.repeat(50_000);
    const bounds = { bufferBytes: 1_000_000 };
    using closing = db.changes(bounds);
    using dropping = db.changes({ ...bounds, onOverflow: 'drop' });
    using waiting = db.changes({ ...bounds, onOverflow: 'wait' });
    for (let index = 0; index < 20; index++) await db.player.insert({ ...player(`p${index}`), name });
    expect((await read(dropping, 1))[0]).toMatchObject({ kind: 'gap' });
    await expect(closing.next()).rejects.toMatchObject({ code: 'CHANGES_GONE', facts: { bufferBytes: 1_000_000 } });
    expect((await read(waiting, 1)).map(show)).toEqual(['p0']);
    for (let index = 20; index < 180; index++) await db.player.insert({ ...player(`p${index}`), name });
    await expect(waiting.next()).rejects.toMatchObject({ code: 'CHANGES_GONE', facts: { resumeCursor: '1:end' } });
    await db.drained();
    await db.close();
  });

  it('takes one change that is larger than its whole buffer', async () => {
    const db = await openPlayers();
    using changes = db.changes({ bufferBytes: 1 });
    await db.player.insert(player('a'));
    expect((await read(changes, 1)).map(show)).toEqual(['a']);
    await db.close();
  });

  it('affects no other reader, whatever its policy', async () => {
    const db = await openPlayers();
    const slow = (['close', 'drop', 'wait'] as const).map((onOverflow) =>
      db.changes({ onOverflow: onOverflow as 'close', bufferCount: 1 }),
    );
    using fast = db.changes();
    const loop = read(fast, 20);
    await insert(db, 1, 20);
    expect((await loop).map(show)).toEqual(Array.from({ length: 20 }, (_, index) => `p${index + 1}`));
    for (const reader of slow) reader[Symbol.dispose]();
    await db.close();
  });

  it.each<WholeChangesOptions>([
    { bufferCount: 0 },
    { bufferCount: 1.5 },
    { onOverflow: 'ignore' as 'close' },
    { bufferBytes: 0 },
    { since: -1 },
    { since: Number.NaN },
    { since: '5' },
    { since: '5:' },
    { since: '5:end@0a' },
    { since: '5+1:end' },
    { since: `${2n ** 60n}:end` },
    { since: 2n ** 60n },
    { since: true as never },
    { since: [5] as never },
    { since: null as never },
    { bufferCount: 3n as never },
    { filter: 5 as never },
    5 as never,
    'since' as never,
    null as never,
    [] as never,
  ])('is refused with %p', async (options) => {
    const db = await openPlayers();
    expect(() => db.changes(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    await db.close();
  });
});

it('tells changes of transactions apart by transactionId', async () => {
  const db = await openPlayers();
  const heard: Change[] = [];
  db.subscribe((change) => heard.push(change));
  await db.player.insertMany([player('a'), player('b')]);
  await db.player.insert(player('c'));
  expect(heard.map(({ transactionId }) => transactionId)).toEqual(['1', '1', '2']);
  await db.close();
});

it('writes a change as JSON, its seq and a key of type bigint as text', async () => {
  const db = await openPlayers();
  const heard: Change[] = [];
  db.subscribe((change) => heard.push(change));
  await db.player.insert(player('a'));
  await db.player.delete('a');
  expect(JSON.parse(JSON.stringify(heard))).toMatchObject([
    { seq: '1', cursor: '1:end', transactionId: '1', collection: 'player', kind: 'insert', key: 'a', revision: 1 },
    { seq: '2', kind: 'delete', before: { id: 'a' }, origin: 'live', isFromJournal: false },
  ]);
  await db.close();
});
