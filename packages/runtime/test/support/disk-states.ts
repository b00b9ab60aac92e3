/**
 * What a disk may hold after a crash: a trace of calls is played up to any step, and from there every state is made
 * that the rules of POSIX leave open.
 *
 *   what was synced is there; of what was not, each write is there, gone, or torn at 512 bytes
 *   a file's length may be there before its bytes (zeros)
 *   a name that was made, moved or removed and whose directory was not synced since is as before or as after
 */
import { createHash } from 'node:crypto';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import type { TraceStep } from './recording-file-system.js';

const SECTOR_BYTES = 512;

interface FileChange {
  readonly offset: number;
  /** Undefined: a cut at `offset`. */
  readonly data: Uint8Array | undefined;
}

interface DiskFile {
  durable: Uint8Array;
  pending: FileChange[];
}

type NameChange =
  | { readonly path: string; readonly file: number | undefined }
  | { readonly from: string; readonly to: string; readonly file: number | undefined }
  | { readonly gone: string };

/** What one change to a file has become: there, gone, or something in between. */
type Fate = (bytes: Uint8Array, change: FileChange) => Uint8Array;

/** One state, as files by path; directories are undefined. */
export interface DiskState {
  readonly name: string;
  readonly entries: ReadonlyMap<string, Uint8Array | undefined>;
}

export class Disk {
  readonly #files = new Map<number, DiskFile>();
  #names = new Map<string, number | undefined>();
  #pendingNames: NameChange[] = [];

  /** A disk that holds this and nothing unsynced. */
  static of(state: DiskState): { readonly disk: Disk; readonly known: ReadonlyMap<string, number> } {
    const disk = new Disk();
    const known = new Map<string, number>();
    for (const [path, bytes] of state.entries) {
      if (bytes) {
        known.set(path, known.size + 1);
        disk.#files.set(known.size, { durable: bytes.slice(), pending: [] });
      }
      disk.#names.set(path, bytes && known.size);
    }
    return { disk, known };
  }

  /** Does one step of the trace. */
  apply(step: TraceStep): void {
    if (step.kind === 'write') this.#change(step.file, { offset: step.offset, data: step.data });
    else if (step.kind === 'truncate') this.#change(step.file, { offset: step.byteCount, data: undefined });
    else if (step.kind === 'sync') this.#sync(step.file, step.isOfLastWriteOnly === true);
    else if (step.kind === 'directory') this.#pendingNames.push({ path: step.path, file: undefined });
    else if (step.kind === 'rename')
      // The file that the name means now, whatever of its earlier fates comes true.
      this.#pendingNames.push({ from: step.from, to: step.to, file: this.#fileNow(step.from) });
    else if (step.kind === 'remove') this.#pendingNames.push({ gone: step.path });
    else if (step.kind === 'syncDirectory') this.#syncNames(step.path);
    else if (step.kind === 'create') {
      this.#files.set(step.file, { durable: new Uint8Array(0), pending: [] });
      this.#pendingNames.push({ path: step.path, file: step.file });
    }
  }

  /** Everything that was written is there: what a killed process leaves. */
  kept(): DiskState {
    return this.#state('all kept', this.#pendingNames, () => done);
  }

  /**
   * What a power cut may leave.
   *
   * @param most of the unsynced writes, and of the unsynced names, so many of the newest are lost one by one.
   */
  *powerCuts(most: number): Iterable<DiskState> {
    const names = this.#pendingNames;
    yield this.kept();
    yield this.#state('nothing unsynced', [], () => lost);
    if (names.length > 0) {
      yield this.#state('names without data', names, () => lost);
      yield this.#state('data without names', [], () => done);
    }
    const changes = [...this.#files.values()].flatMap(({ pending }) => pending);
    for (const each of changes.slice(-most)) {
      for (const [name, fate] of FATES) {
        if (fate !== lost && each.data === undefined) continue;
        yield this.#state(`write of ${each.data?.length} at ${each.offset} ${name}`, names, (change) =>
          change === each ? fate : done,
        );
      }
    }
    for (const each of names.slice(-most)) {
      const others = names.filter((name) => name !== each);
      yield this.#state(`name lost: ${JSON.stringify(each)}`, others, () => done);
      yield this.#state(`name lost with all data: ${JSON.stringify(each)}`, others, () => lost);
      yield this.#state(`only name kept: ${JSON.stringify(each)}`, [each], () => done);
    }
  }

  /** Any mixture. */
  randomCut(random: () => number): DiskState {
    const names = this.#pendingNames.filter(() => random() < 0.5);
    const fates = [done, done, ...FATES.map(([, fate]) => fate)];
    return this.#state('a random mixture', names, () => fates[Math.floor(random() * fates.length)] as Fate);
  }

  #change(file: number, change: FileChange): void {
    (this.#files.get(file) as DiskFile).pending.push(change);
  }

  #sync(number: number, isOfLastWriteOnly: boolean): void {
    const file = this.#files.get(number) as DiskFile;
    const last = file.pending.at(-1);
    if (isOfLastWriteOnly && last) {
      file.durable = done(file.durable, last);
      file.pending.pop();
      return;
    }
    for (const change of file.pending) file.durable = done(file.durable, change);
    file.pending = [];
  }

  /** The order of changes to the names of one directory is kept; other directories' names stay as they are. */
  #syncNames(directory: string): void {
    const isIn = (name: NameChange): boolean =>
      parentOf('path' in name ? name.path : 'from' in name ? name.to : name.gone) === directory;
    applyNames(this.#names, this.#pendingNames.filter(isIn));
    this.#pendingNames = this.#pendingNames.filter((name) => !isIn(name));
  }

  #fileNow(path: string): number | undefined {
    const names = new Map(this.#names);
    applyNames(names, this.#pendingNames);
    return names.get(path);
  }

  #state(name: string, names: readonly NameChange[], fateOf: (change: FileChange) => Fate): DiskState {
    const found = new Map(this.#names);
    applyNames(found, names);
    const entries = new Map<string, Uint8Array | undefined>();
    for (const path of [...found.keys()].sort()) {
      // What is in a directory whose own name is lost is lost with it.
      if (parentOf(path) !== '/' && !entries.has(parentOf(path))) continue;
      const number = found.get(path);
      const file = number === undefined ? undefined : (this.#files.get(number) as DiskFile);
      entries.set(
        path,
        file?.pending.reduce((bytes, change) => fateOf(change)(bytes, change), file.durable),
      );
    }
    return { name, entries };
  }
}

function applyNames(names: Map<string, number | undefined>, changes: readonly NameChange[]): void {
  for (const change of changes) {
    if ('from' in change) {
      names.set(change.to, change.file);
      names.delete(change.from);
    } else if ('path' in change) names.set(change.path, change.file);
    else names.delete(change.gone);
  }
}

const done: Fate = (bytes, { offset, data }) => {
  const result = new Uint8Array(data ? Math.max(bytes.length, offset + data.length) : offset);
  result.set(bytes.subarray(0, result.length));
  if (data) result.set(data, offset);
  return result;
};
const lost: Fate = (bytes) => bytes;

/** Writes the sectors that `isThere` says; the length of the file is as after the whole write, or as far as they go. */
const torn =
  (isThere: (sector: number, count: number) => boolean, hasLength: boolean): Fate =>
  (bytes, { offset, data }) => {
    if (!data) return bytes;
    const end = offset + data.length;
    let result = hasLength ? done(bytes, { offset: Math.max(bytes.length, end), data: new Uint8Array(0) }) : bytes;
    const first = Math.floor(offset / SECTOR_BYTES);
    const count = Math.ceil(end / SECTOR_BYTES) - first;
    for (let sector = 0; sector < count; sector++) {
      if (!isThere(sector, count)) continue;
      const from = Math.max(offset, (first + sector) * SECTOR_BYTES);
      const to = Math.min(end, (first + sector + 1) * SECTOR_BYTES);
      result = done(result, { offset: from, data: data.subarray(from - offset, to - offset) });
    }
    return result;
  };

const FATES: readonly (readonly [string, Fate])[] = [
  ['lost', lost],
  ['all zeros', torn(() => false, true)],
  ['first half there', torn((sector, count) => sector < count / 2, false)],
  ['first sector missing', torn((sector) => sector > 0, true)],
  ['every other sector there', torn((sector) => sector % 2 === 0, true)],
  ['last sector missing', torn((sector, count) => sector < count - 1, true)],
];

/** A file system that holds a state. */
export async function fileSystemOf(state: DiskState): Promise<MemoryFileSystem> {
  const fileSystem = new MemoryFileSystem();
  for (const [path, bytes] of state.entries) {
    if (!bytes) {
      await fileSystem.makeDirectory(path);
      continue;
    }
    const handle = await fileSystem.open(path, 'create-exclusive');
    await handle.write(bytes, 0);
    await handle.close();
  }
  return fileSystem;
}

/** The same for equal states. */
export function digestOf(state: DiskState): string {
  const hash = createHash('sha1');
  for (const [path, bytes] of state.entries) hash.update(`${path}\0${bytes?.length}\0`).update(bytes ?? '');
  return hash.digest('base64');
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash > 0 ? path.slice(0, slash) : '/';
}
