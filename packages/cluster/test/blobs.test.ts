/** Files beside the documents of nodes: their bytes in the engine, their records in the order of all transactions. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, openReplica } from '../../../generated/index.js';
import { syncPortOf } from '../../runtime/src/sync.js';
import { serve } from '../../sync/src/index.js';
import { GONE_PREFIX, UPLOAD_PREFIX, uploadName } from '../src/blobs/blob-records.js';
import type { NodeBlobStore } from '../src/blobs/node-blob-store.js';
import { ClusterJournal } from '../src/cluster-journal.js';
import { type EngineFaults, MemoryEngine, MemoryLog } from '../src/engines/memory/memory-engine.js';
import { adoptCopy, exportJournal, importDirectory } from '../src/index.js';
import { nodeOptions } from '../src/journal-options.js';

type Db = Awaited<ReturnType<typeof openDatabase>>;
const PART = 256 * 1024;
const machine = (id: string, more: object = {}) => ({ id, serial: id, ...more }) as never;
const journalOver = (log: MemoryLog, faults: EngineFaults = {}, options: object = {}) =>
  new ClusterJournal(() => new MemoryEngine(log, faults), nodeOptions(options, 0));
const storeOf = (db: Db) => syncPortOf(db).blobs as NodeBlobStore;
const namesOf = (db: Db, prefix: string) => [...syncPortOf(db).records(prefix)].map(([name]) => name);
const codeOf = (error: { readonly code?: string }): string | undefined => error.code;

const open: { close(): Promise<unknown> }[] = [];
async function node(log: MemoryLog, faults: EngineFaults = {}, more: object = {}): Promise<Db> {
  const db = await openDatabase({ memory: true, journal: journalOver(log, faults), ...more } as never);
  open.push(db);
  return db;
}
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nuthatch-node-blobs-'));
});
afterEach(async () => {
  await Promise.allSettled(open.splice(0).map((each) => each.close()));
  rmSync(folder, { recursive: true });
});

it.each([0, 1, PART - 1, PART, PART + 1, 3 * PART + 17])('a blob of %d bytes is read by every node', async (size) => {
  const log = new MemoryLog();
  const [a, b] = [await node(log), await node(log)];
  const bytes = randomBytes(size);
  const photo = await a.blobs.put(bytes, { mediaType: 'image/jpeg' });
  await a.machine.insert(machine('m1', { photo }));
  await b.caughtUp(a.seq);
  expect(b.machine.get('m1')?.photo).toEqual(photo);
  expect(Buffer.compare(await b.blobs.bytes(photo), bytes)).toBe(0);
  expect(await b.blobs.has(photo)).toBe(true);
  const [start, end] = [Math.floor(size / 3), Math.ceil(size * 0.9)];
  const pieces: Uint8Array[] = [];
  for await (const piece of b.blobs.read(photo, { start, end })) pieces.push(piece);
  expect(Buffer.compare(Buffer.concat(pieces), bytes.subarray(start, end))).toBe(0);
  expect([a.stats().blobs, b.stats().blobs]).toEqual(Array(2).fill({ count: 1, byteCount: size }));
});

it('the same bytes are kept once when several nodes put them', async () => {
  const log = new MemoryLog();
  const nodes = [await node(log), await node(log)];
  const bytes = randomBytes(PART + 5);
  const refs = await Promise.all([0, 1, 0, 1, 1].map((index) => nodes[index]!.blobs.put(bytes)));
  expect(new Set(refs.map(({ hash }) => hash)).size).toBe(1);
  await Promise.all(nodes.map((db) => db.barrier()));
  expect(nodes[0]!.stats().blobs.count).toBe(1);
  // Parts of those that came second went again.
  expect(log.blobs.size).toBe(1);
  expect([...namesOf(nodes[0]!, UPLOAD_PREFIX), ...namesOf(nodes[0]!, GONE_PREFIX)]).toEqual([]);
});

it('a document is refused as long as its blob is not in the engine', async () => {
  const log = new MemoryLog();
  let letGo!: () => void;
  let held: Promise<void> | undefined;
  const [a, b] = [
    await node(log, { before: (call, part) => (call === 'append' && part === 1 ? held : undefined) }),
    await node(log),
  ];
  // Frames of a have other positions by now: what is held is part 1 alone.
  await a.machine.insert(machine('m0'));
  held = new Promise((resolve) => {
    letGo = resolve;
  });
  const bytes = randomBytes(2 * PART);
  let isPut = false;
  const putting = a.blobs.put(bytes).then((ref) => {
    isPut = true;
    return ref;
  });
  while (log.blobs.size === 0) await new Promise((resolve) => setImmediate(resolve));
  const other = await openDatabase({ memory: true });
  const ref = await other.blobs.put(bytes);
  await other.close();
  for (const db of [a, b])
    expect(await db.machine.insert(machine('m1', { photo: ref })).catch(codeOf)).toBe('BLOB_MISSING');
  expect(isPut).toBe(false);
  letGo();
  await putting;
  await b.barrier();
  await b.machine.insert(machine('m1', { photo: ref }));
});

it('a blob is not removed while a document of another node comes to refer to it', async () => {
  const log = new MemoryLog();
  const [a, b] = [await node(log), await node(log)];
  const outcomes = new Set<string>();
  for (let round = 0; round < 40; round++) {
    const ref = await a.blobs.put(randomBytes(50));
    await b.barrier();
    const write = async (): Promise<boolean> => {
      for (let turns = round % 4; turns > 0; turns--) await Promise.resolve();
      return b.machine.insert(machine(`m${round}`, { photo: ref })).then(
        () => true,
        (error) => {
          if (codeOf(error) !== 'BLOB_MISSING') throw error;
          return false;
        },
      );
    };
    const remove = (): Promise<boolean> => storeOf(round % 2 === 0 ? a : b).remove(ref.hash, 0);
    // Some after each other, so that both outcomes are seen whatever the machine does.
    const early = round % 8 === 0 ? await remove() : round % 8 === 4 ? await write() : undefined;
    if (round % 8 === 0) await b.barrier();
    if (round % 8 === 4) await a.barrier();
    const [isWritten, isRemoved] = await Promise.all([
      round % 8 === 4 ? (early as boolean) : write(),
      round % 8 === 0 ? (early as boolean) : remove(),
    ]);
    expect(isWritten).toBe(!isRemoved);
    outcomes.add(String(isWritten));
    await Promise.all([a.barrier(), b.barrier()]);
    for (const db of [a, b]) {
      expect(db.machine.get(`m${round}`) !== undefined).toBe(isWritten);
      if (isWritten) expect((await db.blobs.bytes(ref)).length).toBe(50);
      else expect(await db.blobs.bytes(ref).catch(codeOf)).toBe('BLOB_MISSING');
    }
  }
  expect(outcomes.size).toBe(2);
  expect(log.blobs.size).toBe(a.machine.count());
});

it('a blob that nothing refers to goes with compaction, and one that a document of an unknown class has stays', async () => {
  const log = new MemoryLog();
  const journal = journalOver(log);
  const a = await node(log);
  const [kept, lost] = [await a.blobs.put(randomBytes(10)), await a.blobs.put(randomBytes(20))];
  await a.machine.insert(machine('m1', { drawings: [kept] }));
  // It knows no class at all.
  const { openDatabase: openUntyped } = await import('../../runtime/src/index.js');
  const b = await openUntyped<object, object>([], {
    directory: join(folder, 'b'),
    journal,
    blobGraceMs: 0,
    compaction: 'manual',
  });
  open.push(b);
  // The snapshot before the newest may be gone back to: the blob goes when that one has not known it either.
  for (let round = 0; round < 4; round++) {
    await a.machine.insert(machine(`more${round}`));
    await b.barrier();
    await b.compact();
  }
  await a.barrier();
  expect(await a.blobs.has(kept)).toBe(true);
  expect((await a.blobs.bytes(kept)).length).toBe(10);
  expect(await a.blobs.has(lost)).toBe(false);
  expect(log.blobs.size).toBe(1);
});

it('what a killed node has left goes, and an upload that comes too late is refused', async () => {
  const log = new MemoryLog();
  const [a, b] = [await node(log), await node(log)];
  // Killed while it uploaded, two days ago.
  await syncPortOf(a).replicate((sync) =>
    sync.setRecord(uploadName('left'), { size: 1, beganMs: Date.now() - 2 * 86_400_000 }),
  );
  log.blobs.set('left', new Map([[0, new Uint8Array(5)]]));
  await b.barrier();
  await storeOf(b).tidy();
  expect(log.blobs.size).toBe(0);
  expect([...namesOf(b, UPLOAD_PREFIX), ...namesOf(b, GONE_PREFIX)]).toEqual([]);
  // Paused for days, and taken for killed: another node takes the record away while the parts come.
  let isTaken = false;
  const faults: EngineFaults = {
    after: async (call, part) => {
      if (call !== 'append' || part !== 7 || isTaken) return;
      isTaken = true;
      await b.barrier();
      for (const name of namesOf(b, UPLOAD_PREFIX))
        await syncPortOf(b).replicate((sync) => sync.setRecord(name, undefined));
    },
  };
  const c = await node(log, faults);
  const late = await c.blobs.put(randomBytes(8 * PART)).catch((error: Error) => error);
  expect(isTaken).toBe(true);
  expect(late).toMatchObject({ code: 'BLOB_MISSING', message: expect.stringContaining('took longer than 24 hours') });
  expect(log.blobs.size).toBe(0);
});

it('a damaged or missing part is never given', async () => {
  const log = new MemoryLog();
  const [a, b] = [await node(log), await node(log)];
  const ref = await a.blobs.put(randomBytes(2 * PART));
  await b.barrier();
  const [parts] = [...log.blobs.values()] as [Map<number, Uint8Array>];
  parts.get(1)![1000]! ^= 1;
  expect(await b.blobs.bytes(ref).catch(codeOf)).toBe('BLOB_DAMAGED');
  const swapped = parts.get(0)!;
  parts.set(1, swapped);
  expect(await b.blobs.bytes(ref).catch(codeOf)).toBe('BLOB_DAMAGED');
  parts.delete(1);
  expect(await b.blobs.bytes(ref).catch(codeOf)).toBe('BLOB_DAMAGED');
});

it('a node that begins with an image reads all blobs, and backups do not pretend to have them', async () => {
  const log = new MemoryLog();
  const journal = journalOver(log, {}, { imageBytes: 1, retentionMs: 0, retentionBytes: 0 });
  const a = await node(log, {}, { memory: undefined, directory: join(folder, 'a'), journal });
  const bytes = randomBytes(PART + 1);
  const photo = await a.blobs.put(bytes);
  await a.machine.insert(machine('m1', { photo }));
  while ((log.images.at(-1)?.entry.seq ?? 0) < Number(a.seq)) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(log.images.at(-1)!.entry.byteCount).toBeLessThan(PART);
  const b = await node(log);
  expect(Buffer.compare(await b.blobs.bytes(b.machine.require('m1').photo!), bytes)).toBe(0);
  expect(await a.backup(join(folder, 'backup')).catch(codeOf)).toBe('INVALID_OPTION');
});

it('a directory with blobs becomes a journal, and a journal a directory', async () => {
  const log = new MemoryLog();
  const alone = await openDatabase({ directory: join(folder, 'data') });
  const all = [randomBytes(0), randomBytes(7), randomBytes(3 * PART + 1)];
  const drawings = await Promise.all(all.map((bytes) => alone.blobs.put(bytes)));
  await alone.machine.insert(machine('m1', { drawings }));
  await alone.close();
  let isCut = true;
  const faults: EngineFaults = {
    before: (call, part) => {
      if (isCut && call === 'append' && part === 2) throw new Error('cut');
    },
  };
  const refused = await importDirectory(journalOver(log, faults, { unreachableMs: 100 }), join(folder, 'data')).catch(
    codeOf,
  );
  expect(refused).toBe('JOURNAL_UNREACHABLE');
  isCut = false;
  const { seq } = await importDirectory(journalOver(log), join(folder, 'data'));
  expect(log.blobs.size).toBe(2);
  const a = await node(log);
  expect(Number(a.seq)).toBe(seq);
  for (const [index, ref] of a.machine.require('m1').drawings.entries())
    expect(Buffer.compare(await a.blobs.bytes(ref), all[index]!)).toBe(0);
  const more = await a.blobs.put(Buffer.from('more'));
  await a.machine.update('m1', { photo: more });
  await exportJournal(journalOver(log), join(folder, 'out'));
  for (const name of ['data', 'out']) {
    const again = await openDatabase({ directory: join(folder, name) });
    open.push(again);
    for (const [index, ref] of again.machine.require('m1').drawings.entries())
      expect(Buffer.compare(await again.blobs.bytes(ref), all[index]!)).toBe(0);
    expect([...syncPortOf(again).records('blob')]).toEqual([]);
    expect(again.stats().blobs.count).toBe(name === 'out' ? 4 : 3);
  }
});

it('replicas bring files to one node and get them from another', async () => {
  const log = new MemoryLog();
  const nodes = [await node(log), await node(log)];
  const options = {
    authenticate: () => ({ id: 'ann' }),
    policy: () => ({ machine: { read: true, write: true } }),
    port: 0,
  };
  const servers = await Promise.all(nodes.map((db) => serve(db, options as never)));
  open.push(...servers);
  const replicaOf = async (index: number) => {
    const url = `ws://127.0.0.1:${servers[index]!.port}`;
    const replica = await openReplica({ url, memory: true, token: 'ann', subscribe: { machine: true } });
    open.unshift(replica);
    await replica.connection.synced();
    return replica;
  };
  const [first, second] = [await replicaOf(0), await replicaOf(1)];
  const bytes = randomBytes(2 * PART + 3);
  const photo = await first.blobs.put(bytes);
  await first.machine.insert(machine('m1', { photo }));
  await first.connection.synced();
  expect(nodes[0]!.machine.get('m1')?.photo).toEqual(photo);
  await nodes[1]!.barrier();
  await second.connection.synced();
  while (second.machine.get('m1') === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(Buffer.compare(await second.blobs.bytes(photo), bytes)).toBe(0);
});

it('closing ends a put that waits for the engine, and its file goes at the next opening', async () => {
  const log = new MemoryLog();
  const directory = join(folder, 'a');
  const faults: EngineFaults = {
    before: (call, part) => {
      if (call === 'append' && part === 4) throw new Error('cut');
    },
  };
  const a = await node(log, faults, { memory: undefined, directory });
  const putting = a.blobs.put(randomBytes(5 * PART)).catch(codeOf);
  while ([...log.blobs.values()][0]?.size !== 4) await new Promise((resolve) => setTimeout(resolve, 5));
  await a.close();
  expect(await putting).toBe('DATABASE_CLOSED');
  const files = () =>
    readdirSync(join(directory, 'blobs'), { recursive: true }).filter((name) => String(name).length > 3);
  expect(files()).toHaveLength(1);
  const again = await node(log, {}, { memory: undefined, directory });
  expect(files()).toHaveLength(0);
  expect(again.stats().blobs.count).toBe(0);
});

it.each([1, 2, 3, 4])('over lost questions and answers no document lacks its blob, seed %d', async (seed) => {
  const log = new MemoryLog();
  let state = seed * 2_654_435_761;
  const random = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
  let isLosing = false;
  const lose = (): void => {
    if (isLosing && random() < 0.05) throw new Error('lost');
  };
  const nodes = await Promise.all([0, 1, 2].map(() => node(log, { before: lose, after: lose })));
  isLosing = true;
  const bytesOf = new Map<string, Buffer>();
  for (let step = 0; step < 60; step++) {
    const db = nodes[Math.floor(random() * nodes.length)]!;
    const hashes = [...bytesOf.keys()];
    const hash = hashes[Math.floor(random() * hashes.length)];
    const choice = random();
    if (hash === undefined || choice < 0.4) {
      // Few different ones: they are put again while others remove them.
      const bytes = Buffer.alloc(random() < 0.2 ? PART + 1 : 20, Math.floor(random() * 12));
      const ref = await db.blobs.put(bytes);
      bytesOf.set(ref.hash, bytes);
      await db.machine.insert(machine(`m${step}`, { photo: ref })).catch((error) => {
        if (codeOf(error) !== 'BLOB_MISSING') throw error;
      });
    } else if (choice < 0.6) await Promise.all(nodes.map((each) => storeOf(each).remove(hash, 0)));
    else if (choice < 0.7) await storeOf(db).tidy();
    else if (choice < 0.9) {
      const [first] = db.machine.find({}).limit(1).all();
      if (first !== undefined)
        await db.machine.delete(first.id).catch((error) => {
          if (codeOf(error) !== 'DOCUMENT_NOT_FOUND') throw error;
        });
    } else {
      const size = bytesOf.get(hash)!.length;
      const other = nodes[(nodes.indexOf(db) + 1) % nodes.length]!;
      const writes = [db, other].map((each, index) =>
        each.machine.insert(machine(`n${step}-${index}`, { photo: { hash, size, mediaType: 'a/b' } })),
      );
      await Promise.allSettled([...writes, storeOf(other).remove(hash, 0)]);
    }
  }
  isLosing = false;
  await Promise.all(nodes.map((db) => db.barrier()));
  const [first, ...others] = nodes as [Db, ...Db[]];
  for (const db of others) expect(db.machine.find({}).all()).toEqual(first.machine.find({}).all());
  for (const db of nodes)
    for (const { photo } of db.machine.find({}).all())
      expect(Buffer.compare(await db.blobs.bytes(photo!), bytesOf.get(photo!.hash)!)).toBe(0);
  await storeOf(first).tidy();
  // Nothing else is kept in the engine than what records name, and what is not tidied yet.
  expect(log.blobs.size).toBeLessThanOrEqual(first.stats().blobs.count + namesOf(first, UPLOAD_PREFIX).length);
});

it('a journal that is made of the directory of a node has its files, if it is told from where', async () => {
  const [log, next] = [new MemoryLog(), new MemoryLog()];
  const a = await node(log, {}, { memory: undefined, directory: join(folder, 'a') });
  const bytes = randomBytes(PART + 9);
  const photo = await a.blobs.put(bytes);
  const lost = await a.blobs.put(randomBytes(9));
  await a.machine.insert(machine('m1', { photo, drawings: [lost] }));
  await a.close();
  const refused = await adoptCopy(journalOver(next), join(folder, 'a')).catch((error) => error);
  expect(refused).toMatchObject({ code: 'INVALID_OPTION', facts: { option: 'blobsOf' } });
  expect(next.uuid).toBeUndefined();
  for (const parts of log.blobs.values()) if (parts.size === 1) parts.clear();
  const report = await adoptCopy(journalOver(next), join(folder, 'a'), journalOver(log));
  expect(report.lostBlobCount).toBe(1);
  const b = await node(next, {}, { memory: undefined, directory: join(folder, 'a') });
  expect(Buffer.compare(await b.blobs.bytes(b.machine.require('m1').photo!), bytes)).toBe(0);
  expect(await b.blobs.bytes(lost).catch(codeOf)).toBe('BLOB_MISSING');
  // Where nothing is lost to begin with, the former journal is as it was.
  expect(log.blobs.size).toBe(2);
});
