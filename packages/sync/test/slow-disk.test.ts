/** A replica whose disk is slower than its server, or fails beneath what the server has sent. */
import type { FileHandle, OpenMode } from '../../runtime/src/file-system/file-system.js';
import { MemoryFileSystem } from '../../runtime/src/file-system/memory-file-system.js';
import { contentsOf, PlayerServer, player, until } from './support/sync-players.js';

const COUNT = 100;

/** Writes wait while it is held, and fail while it is broken. */
class HeldFileSystem extends MemoryFileSystem {
  isBroken = false;
  #held: Promise<void> | undefined;
  #letGo: () => void = () => undefined;

  hold(): void {
    this.#held = new Promise((resolve) => {
      this.#letGo = resolve;
    });
  }

  letGo(): void {
    this.#letGo();
    this.#held = undefined;
  }

  override async open(path: string, mode: OpenMode): Promise<FileHandle> {
    const handle = await super.open(path, mode);
    const write = handle.write.bind(handle);
    handle.write = async (data, offset) => {
      await this.#held;
      if (this.isBroken) throw Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' });
      await write(data, offset);
    };
    return handle;
  }
}

async function openHeld() {
  const server = await PlayerServer.open();
  await server.db.player.insertMany(Array.from({ length: COUNT }, (_, index) => player(`p${index}`)));
  const fileSystem = new HeldFileSystem();
  const local = { memory: undefined, directory: '/replica', fileSystem, durability: 'fsync', compaction: 'manual' };
  const open = () => server.replica({ player: true }, local);
  const replica = await open();
  await replica.connection.synced();
  return { server, fileSystem, open, replica };
}

const updateAll = (server: PlayerServer) =>
  Promise.all(Array.from({ length: COUNT }, (_, index) => server.db.player.update(`p${index}`, { age: 31 })));

it('shows what comes while its disk is busy with what came before, and tells of it when the disk has it', async () => {
  const { server, fileSystem, open, replica } = await openHeld();
  const told: string[] = [];
  replica.player.subscribe(({ after }) => told.push(after?.id ?? ''));
  fileSystem.hold();
  await updateAll(server);
  await until(() => replica.player.get(`p${COUNT - 1}`)?.age === 31, 'the last update in memory');
  expect(contentsOf(replica)).toEqual(contentsOf(server.db));
  expect(told).toEqual([]);
  fileSystem.letGo();
  await until(() => told.length === COUNT, 'every update told');
  expect(told).toEqual(Array.from({ length: COUNT }, (_, index) => `p${index}`));
  await replica.close();
  const again = await open();
  expect(contentsOf(again)).toEqual(contentsOf(server.db));
  await again.close();
  await server.close();
  expect(server.errors).toEqual([]);
});

it('takes back what its disk did not take, tells nobody of it, and gets it again when it is opened', async () => {
  const { server, fileSystem, open, replica } = await openHeld();
  const before = contentsOf(replica);
  const told: string[] = [];
  replica.player.subscribe(({ after }) => told.push(after?.id ?? ''));
  fileSystem.hold();
  await updateAll(server);
  await until(() => replica.player.get(`p${COUNT - 1}`)?.age === 31, 'the last update in memory');
  fileSystem.isBroken = true;
  fileSystem.letGo();
  await until(() => replica.player.get('p0')?.age === 30, 'the updates taken back');
  expect(contentsOf(replica)).toEqual(before);
  expect(told).toEqual([]);
  expect(server.errors.length).toBeGreaterThan(0);
  await replica.close().catch(() => undefined);
  fileSystem.isBroken = false;
  const again = await open();
  await again.connection.synced();
  expect(contentsOf(again)).toEqual(contentsOf(server.db));
  await again.close();
  await server.close();
});
