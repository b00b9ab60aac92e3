/** What `console.log` shows of results: their values, also of those that are found out when they are read. */
import { inspect } from 'node:util';
import { openDatabase } from '../../../generated/index.js';
import { withShownGetters } from '../src/document/shown-getters.js';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';

it('prints getters with their values, now and later', () => {
  let size = 1;
  const shown = withShownGetters({
    get size() {
      return size;
    },
  });
  expect(inspect({ shown })).toBe('{ shown: { size: 1 } }');
  size = 2;
  expect(inspect(shown)).toBe('{ size: 2 }');
  expect([Object.keys(shown), JSON.stringify(shown)]).toEqual([['size'], '{"size":2}']);
});

it('prints of a change what it says: its key, its fields that differ, and nothing of the engine', async () => {
  const options = { directory: '/data', fileSystem: new MemoryFileSystem() };
  const db = await openDatabase(options);
  const printed: string[] = [];
  db.player.on('change', (change) => void printed.push(inspect(change)));
  await db.player.insert({ id: 'p1', email: 'ann@example.org', age: 31, name: 'Ann' });
  await db.player.update('p1', { age: 32 });
  await db.close();
  const again = await openDatabase(options);
  for await (const change of again.changes({ since: 0n })) {
    printed.push(inspect(change));
    if (printed.length === 4) break;
  }
  await again.close();
  expect(printed).toHaveLength(4);
  for (const text of printed) {
    expect(text).toMatch(/seq: \dn/);
    expect(text).toContain("key: 'p1'");
    expect(text).toContain('changedFields');
    expect(text).not.toMatch(/Getter|storeKey|position/);
  }
  expect(printed[1]).toMatch(/changedFields: \[ 'age' \]/);
});
