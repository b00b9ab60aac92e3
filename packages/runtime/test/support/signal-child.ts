/** Opens a database that closes on signals, writes at level `memory`, says so and waits for the signal. */
import type { FileHandle, OpenMode } from '../../src/file-system/file-system.js';
import { NodeFileSystem } from '../../src/file-system/node-file-system.js';
import { openPlayers, player } from './open-players.js';

/** Says when an image is begun, and takes its time for it. */
class SlowImages extends NodeFileSystem {
  override async open(path: string, mode: OpenMode): Promise<FileHandle> {
    const handle = await super.open(path, mode);
    if (mode === 'read' || !path.includes('snapshot')) return handle;
    process.stdout.write('imaging\n');
    const write = handle.write.bind(handle);
    handle.write = async (data, offset) => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await write(data, offset);
    };
    return handle;
  }
}

async function main(): Promise<void> {
  const [directory, mode] = process.argv.slice(2) as [string, string];
  const options = { directory, durability: 'memory', closeOnSignal: ['SIGINT', 'SIGTERM'] } as const;
  const isImage = mode === 'image';
  const db = await openPlayers(isImage ? { ...options, openBudgetMs: 0, fileSystem: new SlowImages() } : options);
  db.on('imageLeft', ({ reason }) => process.stdout.write(`left: ${reason}\n`));
  db.on('closed', () => process.stdout.write('closed\n'));
  if (mode === 'listens-too') {
    process.on('SIGTERM', () => {
      void db.close().then(() => process.exit(7));
    });
  }
  for (let index = 0; index < 50; index++)
    void db.player.insert(player(`p${index}`, isImage ? { name: 'n'.repeat(10_000) } : {}));
  if (mode === 'closes-itself') {
    await db.close();
    process.stdout.write(`listeners ${process.listenerCount('SIGTERM')}\n`);
  }
  process.stdout.write('ready\n');
  setInterval(() => undefined, 1000);
}

void main();
