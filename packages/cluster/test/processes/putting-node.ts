/**
 * A node in a process of its own that puts blobs, refers to them and removes what nobody refers to, until it is killed or
 * told to stop.
 *
 *   in:   as arguments the directory of the journal, the node's own one or nothing, its name; then any line to stop
 *   out:  `open`, `did <id> <hash>` for each document that was acknowledged, `failed <error>`
 */
import { randomBytes } from 'node:crypto';
import { openDatabase } from '../../../../generated/index.js';
import { fileJournal } from '../../src/index.js';

/** Removed by another node before a document could refer to it: without a grace this is as it should be. */
const EXPECTED = ['BLOB_MISSING'];
/** Put by all nodes, again and again. */
const SHARED = [1, 2, 3].map((byte) => Buffer.alloc(byte * 200_000, byte));

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function run(): Promise<void> {
  const [directory = '', own = '', name = ''] = process.argv.slice(2);
  const place = own === '' ? { memory: true as const } : { directory: own };
  const journal = fileJournal({ directory, unsafe: true });
  const db = await openDatabase({ ...place, journal, blobGraceMs: 0 });
  say('open');
  let isStopping = false;
  process.stdin.once('data', () => {
    isStopping = true;
  });
  const begunMs = Date.now();
  for (let count = 0; !isStopping; count++) {
    const bytes = count % 2 === 0 ? SHARED[count % 3]! : randomBytes(Math.floor(Math.random() * 600_000));
    try {
      const photo = await db.blobs.put(bytes);
      const id = `${name}-${begunMs}-${count}`;
      if (count % 3 > 0) {
        await db.machine.insert({ id, serial: id, photo } as never);
        say(`did ${id} ${photo.hash}`);
      }
      if (own !== '' && count % 5 === 0) await db.compact();
    } catch (error) {
      if (!EXPECTED.includes(String((error as { readonly code?: string }).code))) throw error;
    }
  }
  await db.close();
  process.stdin.destroy();
}

run().catch((error: unknown) => say(`failed ${String(error)}`));
