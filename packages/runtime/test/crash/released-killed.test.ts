/**
 * SIGKILL at random moments of a real process that releases documents with files: what was released stays as it was, with
 * its files, whatever was killed in between: a put, a release, a collection of blobs, a change of the key.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeFileSystem } from '../../src/file-system/node-file-system.js';
import { verifyDirectory } from '../../src/tools/directory-tools.js';
import { bundleChild } from '../support/bundle-child.js';
import { linesOfKilled, liveUntilKilled } from '../support/killed-child.js';
import { repeats } from '../support/long-run.js';
import { openModels } from '../support/open-models.js';
import { photoOf, RELEASED_PHOTOS, type ReleasedPhotos, releasedOptions } from '../support/released-photos.js';
import { seeded } from '../support/seeded.js';

const KILL_COUNT = repeats('NUTHATCH_KILLS', 8);
/** Longest life of a child, from the open database on. */
const LIFE_MS = 150;

let root: string;
let bundle: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'nuthatch-released-'));
  bundle = join(root, 'released-child.cjs');
  bundleChild(join(__dirname, 'released-child.ts'), bundle);
});
afterAll(() => rmSync(root, { recursive: true }));

/** The last step of each document that was acknowledged; the last line may be cut off by the kill. */
function acknowledgedIn(file: string): ReadonlyMap<number, string> {
  const lines = linesOfKilled(file);
  return new Map(
    lines.map((line) => [Number(line.slice(line.lastIndexOf(' ') + 1)), line.slice(0, line.lastIndexOf(' '))]),
  );
}

it('a kill at any moment leaves every release as it was, with its files', () =>
  seeded(async (random) => {
    const directory = join(root, `data-${random()}`);
    const acknowledgedFile = `${directory}.acknowledged`;
    const digests = new Map<string, string>();
    for (let life = 1; life <= KILL_COUNT; life++) {
      await liveUntilKilled(bundle, [directory, acknowledgedFile, String(life)], random() * LIFE_MS);
      const db = await openModels(new NodeFileSystem(), [RELEASED_PHOTOS], releasedOptions(directory, life));
      const machine = db['machine'] as unknown as ReleasedPhotos;
      const acknowledged = acknowledgedIn(acknowledgedFile);
      for (const [number, step] of acknowledged) {
        const id = String(number);
        const history = machine.history(id);
        if (step !== 'inserted') expect(history).toHaveLength(1);
        for (const { digest, document } of history) {
          expect(digests.get(id) ?? digest).toBe(digest);
          digests.set(id, digest);
          expect(document.photo).toMatchObject({ size: photoOf(number).length });
          // Each of them once, the newest each time: reading all in each life would be most of the test.
          if (life === KILL_COUNT || number > acknowledged.size - 5)
            expect(photoOf(number).equals(await db.blobs.bytes(document.photo!))).toBe(true);
        }
        if (step === 'released again')
          expect([machine.isReleased(id), machine.get(id)?.photo?.size]).toEqual([true, 5_000]);
      }
      await db.close();
    }
    expect(digests.size).toBeGreaterThan(KILL_COUNT);
    const { encryption } = releasedOptions(directory, 1);
    const report = await verifyDirectory({ directory, encryption: encryption! });
    expect(report).toMatchObject({ isWhole: true, missingBlobCount: 0, undecodedBlobCount: 0 });
  }));
