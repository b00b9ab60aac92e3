/** Dumps that were written or changed by hand: what the import takes, every opening takes; all else is refused by its line. */
import { openDatabase } from '../../generated/index.js';
import { DatabaseError, dumpDirectory, importDump, MemoryFileSystem } from '../../packages/runtime/src/index.js';

const VALUES: readonly unknown[] = [undefined, null, -1, 1.5, 2 ** 53, '1', '', [], {}, true, { kind: 'none' }];

/** Places of all values within a value. */
function placesIn(value: unknown, place: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [place];
  return [place, ...Object.entries(value).flatMap(([name, part]) => placesIn(part, [...place, name]))];
}

function changed(line: string, place: readonly string[], value: unknown): string {
  const whole = JSON.parse(line) as Record<string, unknown>;
  let part: Record<string, unknown> = whole;
  for (const name of place.slice(0, -1)) part = part[name] as Record<string, unknown>;
  part[place.at(-1) as string] = value;
  return JSON.stringify(whole);
}

async function dumped(): Promise<readonly string[]> {
  const fileSystem = new MemoryFileSystem();
  const db = await openDatabase({ directory: '/first', fileSystem });
  await db.player.insert({ id: 'p1', email: 'p1@x.io', age: 1, name: 'One', clubs: ['a'] }, { ttlMs: 1e9 });
  await db.match.insert({ home: 'a', away: 'b', playedAt: new Date(1) });
  await db.close();
  const lines: string[] = [];
  for await (const line of dumpDirectory({ directory: '/first', fileSystem })) lines.push(line);
  return lines;
}

it('are refused by their line, or open, take writes, and open again', async () => {
  const lines = await dumped();
  const fileSystem = new MemoryFileSystem();
  let count = 0;
  let takenCount = 0;
  for (const [at, line] of lines.entries()) {
    for (const place of placesIn(JSON.parse(line))) {
      if (place.length === 0) continue;
      // Each place with two of the values: all of them with each would take minutes.
      for (const value of [VALUES[count % VALUES.length], VALUES[(count + 5) % VALUES.length]]) {
        const destination = `/copy-${++count}`;
        const what = `line ${at + 1}, ${place.join('.')}: ${JSON.stringify(value)}`;
        try {
          await importDump({ lines: lines.with(at, changed(line, place, value)), destination, fileSystem });
        } catch (error) {
          if (!DatabaseError.is(error, 'DUMP_INVALID')) throw new Error(what, { cause: error });
          continue;
        }
        takenCount++;
        try {
          const db = await openDatabase({ directory: destination, fileSystem });
          await db.match.insert({ home: 'c', away: 'd', playedAt: new Date(2) });
          const { size } = db.player;
          await db.close();
          const again = await openDatabase({ directory: destination, fileSystem });
          expect(again.player.size).toBe(size);
          await again.close();
        } catch (error) {
          const isOfCode =
            DatabaseError.is(error, 'MIGRATION_REQUIRED') || DatabaseError.is(error, 'SEQUENCE_EXHAUSTED');
          if (!isOfCode) throw new Error(what, { cause: error });
        }
      }
    }
  }
  expect([count > 300, takenCount > 10]).toEqual([true, true]);
});
