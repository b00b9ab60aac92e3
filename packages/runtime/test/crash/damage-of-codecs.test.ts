/** Damage and forgery of compressed and encrypted files: detected or harmless, never a wrong document. */
import { deflateRawSync } from 'node:zlib';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { frameCrcSeed } from '../../src/journal/chain.js';
import { finishFrame } from '../../src/journal/frame-header.js';
import { FRAME_FIELD, FRAME_HEADER_BYTES, PAGE_FIELD, UUID_BYTES } from '../../src/journal/journal-format.js';
import { PageCodecs } from '../../src/journal/page-codecs.js';
import { verifyDirectory } from '../../src/tools/verify-directory.js';
import { DIRECTORY, openItems, put, readFile, replaceFile, transaction } from '../disk-fixture.js';
import { FaultFileSystem } from '../fault-file-system.js';
import { IS_NIGHTLY } from '../support/long-run.js';
import {
  ACTIVE_PAGE,
  type Files,
  fileSystemOf,
  LAST_SEQ,
  outcomeOf,
  STATES,
  smallDirectory,
} from '../support/small-directory.js';

const KEY = new Uint8Array(32).fill(7);
const COMPRESSED = new PageCodecs({ pageCodec: 'compressed' });
const ENCRYPTED = new PageCodecs({ encryption: { key: KEY } });
const BOTH = new PageCodecs({ pageCodec: 'compressed', encryption: { key: KEY } });
/** Every byte nightly; a part of them, another in each file, in `npm test`. */
const STEP = IS_NIGHTLY ? 1 : 7;
const PAGE_1 = `${DIRECTORY}/page-0000000001.nut`;

describe.each([
  { what: 'a compressed directory', codecs: COMPRESSED, isClosed: true },
  { what: 'a compressed and encrypted directory', codecs: BOTH, isClosed: true },
  { what: 'a compressed and encrypted directory left by a dead process', codecs: BOTH, isClosed: false },
])('$what', ({ codecs, isClosed }) => {
  let files: Files;
  beforeAll(async () => {
    files = await smallDirectory(isClosed, codecs);
  });

  async function expectNoticed(name: string, bytes: Uint8Array): Promise<void> {
    const outcome = await outcomeOf(await fileSystemOf(new Map([...files, [name, bytes]])), 'refuse', codecs);
    if (outcome.code !== undefined) {
      expect(['JOURNAL_DAMAGED', 'FORMAT_UNSUPPORTED']).toContain(outcome.code);
      return;
    }
    expect(outcome.state).toBe(STATES[outcome.report.lastSeq]);
    if (outcome.report.lastSeq < LAST_SEQ) expect({ name, isClosed }).toEqual({ name: ACTIVE_PAGE, isClosed: false });
  }

  it('notices a flipped bit in every byte of every file', async () => {
    expect(await outcomeOf(await fileSystemOf(files), 'refuse', codecs)).toMatchObject({ state: STATES[LAST_SEQ] });
    for (const [name, good] of files) {
      for (let at = name.length % STEP; at < good.length; at += STEP) {
        const bad = good.slice();
        bad[at] = (bad[at] as number) ^ (1 << (at & 7));
        await expectNoticed(name, bad);
      }
    }
  });

  it('notices every cut of every file', async () => {
    for (const [name, good] of files)
      for (let length = 0; length < good.length; length += STEP) await expectNoticed(name, good.slice(0, length));
  });
});

/** A page with three frames, left by a dead process, and where its last frame begins. */
async function crashedPage(codecs: PageCodecs, text?: string) {
  const fileSystem = new MemoryFileSystem();
  const { journal } = await openItems(fileSystem, { codecs });
  for (let index = 0; index < 3; index++) {
    journal.append(transaction(put(`k${index}`, index, text)), 'fsync');
    await journal.flush();
  }
  await journal.close();
  const page = await readFile(fileSystem, PAGE_1);
  return { fileSystem, page, at: Buffer.from(page).lastIndexOf('NUTF') - 4 };
}

/** Opens with the last frame replaced by one whose checksum and chain are right, without the manifest's word on it. */
async function outcomeOfForged(codecs: PageCodecs, forge: (frame: Uint8Array) => Uint8Array, text?: string) {
  const { fileSystem, page, at } = await crashedPage(codecs, text);
  const frame = forge(page.slice(at));
  new DataView(frame.buffer, frame.byteOffset).setUint32(FRAME_FIELD.frameBytes, frame.length, true);
  finishFrame(frame, frameCrcSeed(page.slice(PAGE_FIELD.uuid, PAGE_FIELD.uuid + UUID_BYTES)));
  await replaceFile(fileSystem, PAGE_1, Buffer.concat([page.slice(0, at), frame]));
  // Salvage passes over the clean mark's complaint about length and end; the frame's contents it reports by itself.
  return openItems(fileSystem, { codecs, recovery: 'salvage' });
}

const change = (offset: number) => (frame: Uint8Array) => {
  frame[offset] = (frame[offset] as number) ^ 1;
  return frame;
};

it.each([
  ['its time', FRAME_FIELD.timeMs],
  ['its synced seq', FRAME_FIELD.syncedSeq],
  ['its epoch', FRAME_FIELD.epoch],
  ['its nonce', FRAME_HEADER_BYTES],
  ['its body', FRAME_HEADER_BYTES + 12],
])('an encrypted frame forged in %s with right checksums is damage', async (_, offset) => {
  const { target, report, journal } = await outcomeOfForged(ENCRYPTED, change(offset));
  expect(target.values).toEqual({ k0: 0, k1: 1 });
  expect(report.lost.length).toBeGreaterThan(0);
  await journal.close();
});

it('a plain frame with another time and right checksums is believed: the checksums are no secret', async () => {
  const { target, journal } = await outcomeOfForged(new PageCodecs(), change(FRAME_FIELD.timeMs));
  expect(target.values).toEqual({ k0: 0, k1: 1, k2: 2 });
  await journal.close();
});

const bomb = (bodyBytes: number, inflatedBytes: number) => (frame: Uint8Array) => {
  const body = deflateRawSync(Buffer.alloc(inflatedBytes), { level: 9 });
  const bad = new Uint8Array(FRAME_HEADER_BYTES + body.length);
  bad.set(frame.subarray(0, FRAME_HEADER_BYTES));
  bad.set(body, FRAME_HEADER_BYTES);
  new DataView(bad.buffer).setUint32(FRAME_FIELD.bodyBytes, bodyBytes, true);
  return bad;
};

it.each([
  ['more than it says', 50_000, 2 ** 25],
  ['less than it says', 2 ** 24, 2 ** 23],
  ['more than any frame may hold', 2 ** 31, 2 ** 24],
])('a body that inflates to %s is refused and not inflated', async (_, bodyBytes, inflatedBytes) => {
  const { target, report, journal } = await outcomeOfForged(
    COMPRESSED,
    bomb(bodyBytes, inflatedBytes),
    'y'.repeat(300),
  );
  expect(target.values).toEqual({ k0: 0, k1: 1 });
  expect(report.lost.length).toBeGreaterThan(0);
  await journal.close();
});

it('salvage of an encrypted page without its header gives up the page and nothing else', async () => {
  const fileSystem = new MemoryFileSystem();
  let first = 0;
  for (const codecs of [ENCRYPTED, BOTH]) {
    const { journal } = await openItems(fileSystem, { codecs });
    for (const index of [first, first + 1]) journal.append(transaction(put(`k${index}`, index)), 'fsync');
    first += 2;
    await journal.close();
  }
  const bad = await readFile(fileSystem, PAGE_1);
  bad.fill(0, 0, 40);
  await replaceFile(fileSystem, PAGE_1, bad);
  await expect(openItems(fileSystem, { codecs: BOTH })).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
  const salvaged = await openItems(fileSystem, { codecs: BOTH, recovery: 'salvage' });
  expect(salvaged.target.values).toEqual({ k2: 2, k3: 3 });
  await salvaged.journal.close();
  const again = await openItems(fileSystem, { codecs: BOTH });
  expect(again).toMatchObject({ report: { lost: [] }, target: { values: { k2: 2, k3: 3 } } });
  await again.journal.close();
});

it('an encrypted directory is verified without its key', async () => {
  const files = await smallDirectory(true, BOTH);
  const verify = async (changed: Files) =>
    verifyDirectory({ fileSystem: await fileSystemOf(changed), directory: DIRECTORY });
  expect(await verify(files)).toMatchObject({ isWhole: true, lastSeq: LAST_SEQ });
  const bad = (files.get(ACTIVE_PAGE) as Uint8Array).slice();
  bad[bad.length - 20] = (bad[bad.length - 20] as number) ^ 1;
  expect(await verify(new Map([...files, [ACTIVE_PAGE, bad]]))).toMatchObject({ isWhole: false });
});

/** Notes salt and nonce of every encrypted frame that is ever written, also of those that a power cut takes away. */
class NonceWatch extends FaultFileSystem {
  readonly #salts = new Map<string, string>();
  readonly nonces: string[] = [];

  override async open(...given: Parameters<FaultFileSystem['open']>) {
    const [path] = given;
    const handle = await super.open(...given);
    const write = handle.write.bind(handle);
    handle.write = async (data, position) => {
      this.#note(path, Buffer.from(data));
      return write(data, position);
    };
    return handle;
  }

  #note(path: string, data: Buffer): void {
    const magic = data.toString('latin1', 4, 8);
    // The header: key id "default" behind 88 bytes, with its length in one byte.
    if (magic === 'NUTP' || magic === 'NUTS') this.#salts.set(path, data.toString('hex', 96, 128));
    const nonce = data.toString('hex', FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + 12);
    if (magic === 'NUTF') this.nonces.push(`${this.#salts.get(path)} ${nonce}`);
  }
}

it('no nonce is used twice with one key, through crashes and rewritten torn tails', async () => {
  const fileSystem = new NonceWatch();
  let isKept = false;
  for (let run = 0; run < 30; run++) {
    const { journal } = await openItems(fileSystem, { codecs: new PageCodecs({ encryption: { key: KEY } }) });
    for (let index = 0; index < 6; index++) {
      journal.append(transaction(put(`k${index}`, run)), index < 3 ? 'fsync' : 'os');
      await new Promise((resolve) => setImmediate(resolve));
    }
    await journal.flush().catch(() => undefined);
    isKept = !isKept;
    fileSystem.crash(() => (isKept ? 0.9 : 0.1));
  }
  expect(fileSystem.nonces.length).toBeGreaterThan(60);
  expect(new Set(fileSystem.nonces).size).toBe(fileSystem.nonces.length);
  expect(fileSystem.nonces.some((entry) => entry.startsWith('undefined'))).toBe(false);
});

it('a fault or power cut at any call of an opening that changes the codec over a torn tail loses nothing', async () => {
  for (let failAt = 0; ; failAt++) {
    const fileSystem = new FaultFileSystem();
    const first = await openItems(fileSystem, { codecs: COMPRESSED });
    for (let index = 0; index < 4; index++) {
      first.journal.append(transaction(put(`k${index}`, index)), 'fsync');
      await first.journal.flush();
    }
    fileSystem.crash();
    const handle = await fileSystem.open(PAGE_1, 'read-write');
    await handle.write(Buffer.alloc(200), await handle.size());
    await handle.close();
    const all = { k0: 0, k1: 1, k2: 2, k3: 3 };
    fileSystem.calls.length = 0;
    fileSystem.plan = { failAt, isPermanent: true };
    const second = await openItems(fileSystem, { codecs: BOTH }).catch((error: unknown) => error);
    const isThrough = !(second instanceof Error);
    fileSystem.plan = {};
    fileSystem.crash(() => (failAt % 2 === 0 ? 0.9 : 0.1));
    const third = await openItems(fileSystem, { codecs: BOTH });
    expect({ failAt, values: third.target.values }).toEqual({ failAt, values: all });
    third.journal.append(transaction(put('k4', 4)), 'fsync');
    await third.journal.close();
    const fourth = await openItems(fileSystem, { codecs: BOTH });
    expect(fourth).toMatchObject({ report: { isClean: true, lost: [] }, target: { values: { ...all, k4: 4 } } });
    await fourth.journal.close();
    if (!isThrough) continue;
    expect(failAt).toBeGreaterThan(15);
    return;
  }
});
