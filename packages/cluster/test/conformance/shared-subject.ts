/** A shared journal as a subject of the conformance suite: nodes over any engine, with faults on the way to it. */

import { openDatabase } from '../../../../generated/index.js';
import { frameCrcSeed, fromHex } from '../../../runtime/src/journal/chain.js';
import { type FrameHeader, readFrameHeader } from '../../../runtime/src/journal/frame-reader.js';
import { FaultFileSystem } from '../../../runtime/test/fault-file-system.js';
import { randomFrom } from '../../../runtime/test/support/seeded.js';
import { ClusterJournal } from '../../src/cluster-journal.js';
import type { JournalEngine } from '../../src/engine/journal-engine.js';
import { nodeOptions } from '../../src/journal-options.js';
import { type Fate, FaultyEngine, type HeldAppend } from './faulty-engine.js';
import type { Db, JournalSubject, StaleFrame, Writer } from './journal-subject.js';

const WRITERS = 3;
/** Longer than any test: a node does not give up over bad weather. */
const UNREACHABLE_MS = 600_000;

export class SharedSubject implements JournalSubject {
  readonly writerCount = WRITERS;
  readonly #make: () => JournalEngine;
  /** Each node's disk. */
  readonly #disks = new Map<string, FaultFileSystem>();
  readonly #nodes: SharedNode[] = [];
  #random: (() => number) | undefined;
  #uuid: string | undefined;

  /** @param make another engine over the same journal. */
  constructor(make: () => JournalEngine) {
    this.#make = make;
  }

  async open(name: string, { isFromStart = false } = {}): Promise<SharedNode> {
    // The first keeps no copy: it reads everything each time.
    const isCopied = name !== 'w0' && !isFromStart;
    return this.#node(isCopied ? this.#diskOf(name) : undefined, isFromStart);
  }

  async #node(disk: FaultFileSystem | undefined, isWithoutImages = false, options = {}): Promise<SharedNode> {
    const engine = new FaultyEngine(this.#make(), () => this.#fate());
    engine.isWithoutImages = isWithoutImages;
    const journal = new ClusterJournal(() => engine, nodeOptions({ unreachableMs: UNREACHABLE_MS, ...options }, 0));
    const place =
      disk === undefined
        ? { memory: true as const }
        : { directory: '/node', fileSystem: disk, compaction: 'manual' as const };
    const node = new SharedNode(await openDatabase({ ...place, journal }), engine, disk);
    this.#nodes.push(node);
    return node;
  }

  weather(random: (() => number) | undefined): void {
    this.#random = random && randomFrom(Math.floor(random() * 2 ** 32));
  }

  async frames(): Promise<readonly FrameHeader[]> {
    return this.asked(async (engine) => {
      const crcSeed = frameCrcSeed(fromHex(this.#uuid!));
      const found: FrameHeader[] = [];
      for (let after = 0; ; ) {
        const read = await engine.read(after, 2 ** 20);
        if (read.length === 0) return found;
        for (const { bytes } of read) {
          const header = readFrameHeader(bytes, crcSeed);
          if (typeof header === 'string') throw new TypeError(header);
          found.push(header);
        }
        after = read.at(-1)!.position;
      }
    });
  }

  /** Asks an engine of its own. */
  async asked<T>(ask: (engine: JournalEngine) => Promise<T>): Promise<T> {
    const engine = this.#make();
    try {
      const found = await engine.find();
      if (found === undefined) throw new TypeError('there is no journal yet');
      this.#uuid ??= found.uuid;
      return await ask(engine);
    } finally {
      await engine.close();
    }
  }

  async storeImage(isTruncating: boolean): Promise<void> {
    const kept = isTruncating ? 0 : 2 ** 30;
    const options = { imageBytes: 1, retentionMs: kept, retentionBytes: kept };
    const { db } = await this.#node(this.#diskOf('keeper'), false, options);
    const before = await this.asked((engine) => engine.head());
    await db.club.insert({ id: `image${before}`, name: 'image' });
    // Whoever has written much begins an image a moment later; truncation follows it.
    await eventually(async () => {
      const image = await this.asked((engine) => engine.newestImage());
      return (image?.position ?? 0) > before;
    });
    await db.close();
    if (!isTruncating) return;
    const other = await this.#node(undefined);
    await other.db.club.insert({ id: `behind${before}`, name: 'behind the image' });
    await other.db.close();
    // All is asked for; frames behind the image stay all the same.
    await this.asked(async (engine) =>
      engine.truncate({ upTo: await engine.head(), retentionMs: 0, retentionBytes: 0 }),
    );
  }

  async staleFrame(write: (db: Db) => Promise<unknown>, next: (db: Db) => Promise<unknown>): Promise<StaleFrame> {
    const node = await this.#node(undefined);
    const { sent, release } = node.engine.hold();
    write(node.db).catch(() => undefined);
    const frame = await sent;
    const other = await this.#node(undefined);
    await next(other.db);
    await other.db.close();
    return {
      arrive: async () => {
        release();
        await node.kill();
        // Once more, by whoever repeats what was on its way.
        const answers = await this.asked(async (engine) => [
          await engine.append(frame.position, frame.bytes),
          await engine.append(frame.position + 1_000_000, frame.bytes),
        ]);
        if (answers.some((answer) => answer !== 'lost')) throw new TypeError(`expected lost, found ${answers.join()}`);
      },
      isThere: () => this.#holds(frame),
    };
  }

  async #holds(frame: HeldAppend): Promise<boolean> {
    return this.asked(async (engine) => {
      const read = await engine.read(0, 2 ** 30);
      return read.some(({ bytes }) => Buffer.from(bytes).equals(frame.bytes));
    });
  }

  async end(): Promise<void> {
    this.weather(undefined);
    await Promise.allSettled(this.#nodes.map((node) => node.db.close()));
  }

  #diskOf(name: string): FaultFileSystem {
    const disk = this.#disks.get(name) ?? new FaultFileSystem();
    this.#disks.set(name, disk);
    return disk;
  }

  #fate(): Fate {
    const lot = this.#random?.() ?? 1;
    if (lot < 0.06) return 'question lost';
    if (lot < 0.12) return 'answer lost';
    return lot < 0.2 ? 1 + Math.floor(lot * 50) : undefined;
  }
}

export class SharedNode implements Writer {
  constructor(
    readonly db: Db,
    readonly engine: FaultyEngine,
    readonly disk: FaultFileSystem | undefined,
  ) {}

  async kill(): Promise<void> {
    this.engine.kill();
    this.disk?.kill();
    await this.db.close().catch(() => undefined);
  }

  pause(): () => void {
    return this.engine.pause();
  }
}

/** @throws TypeError after a minute. */
export async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new TypeError('it has not come in a minute');
}
