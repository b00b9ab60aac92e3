import { linkSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeFileSystem } from './node-file-system.js';

const MEGABYTE = 1024 * 1024;

const itWhereNamesGoAtOnce = process.platform === 'win32' ? it.skip : it;

describe('NodeFileSystem', () => {
  let directory: string;
  let file: string;
  const fileSystem = new NodeFileSystem();

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'nuthatch-'));
    file = join(directory, 'large');
    writeFileSync(file, 'large');
    truncateSync(file, 20 * MEGABYTE);
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  itWhereNamesGoAtOnce('frees the space of a large file in steps of 8 MiB, its name first', async () => {
    const handle = await fileSystem.open(file, 'read');
    await fileSystem.remove(file);
    expect(await fileSystem.stat(file)).toBeUndefined();
    expect(await handle.size()).toBe(4 * MEGABYTE);
    await handle.close();
  });

  it('leaves a large file alone that has another name', async () => {
    const other = join(directory, 'other');
    linkSync(file, other);
    await fileSystem.remove(file);
    expect(await fileSystem.stat(file)).toBeUndefined();
    expect(statSync(other).size).toBe(20 * MEGABYTE);
  });
});
