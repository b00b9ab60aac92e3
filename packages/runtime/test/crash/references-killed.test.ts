/**
 * SIGKILL at random moments of a real process whose transactions delete and let go along references: at reopening every
 * key has its document, no cascade is there by half, and nothing acknowledged is lost.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeFileSystem } from '../../src/file-system/node-file-system.js';
import { bundleChild } from '../support/bundle-child.js';
import { linesOfKilled, liveUntilKilled } from '../support/killed-child.js';
import { contentsOf, LINKED_MODELS, LinkedWorld, linkedHistory, worldText } from '../support/linked-world.js';
import { repeats } from '../support/long-run.js';
import { openModels } from '../support/open-models.js';
import { seeded } from '../support/seeded.js';

const KILL_COUNT = repeats('NUTHATCH_REFERENCE_KILLS', 8);
/** Kills of one directory, one after the other. */
const CHAIN_LENGTH = 8;
/** Longest life of a child, from the open database on. */
const LIFE_MS = 250;

let root: string;
let bundle: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'nuthatch-references-'));
  bundle = join(root, 'references-child.cjs');
  bundleChild(join(__dirname, 'references-child.ts'), bundle);
});
afterAll(() => rmSync(root, { recursive: true }));

/** The last number acknowledged; the last line may be cut off by the kill. */
function acknowledgedIn(file: string): number {
  const lines = linesOfKilled(file);
  return lines.reduce((most, line) => Math.max(most, Number(line)), 0);
}

it('a kill at any moment of a cascade leaves every key with its document, and no transaction by half', () =>
  seeded(async (random) => {
    let counted = 0;
    for (let begun = 0; begun < KILL_COUNT; begun += CHAIN_LENGTH) {
      const directory = join(root, `data-${begun}`);
      const acknowledgedFile = `${directory}.acknowledged`;
      const seed = Math.floor(random() * 2 ** 31);
      const history = linkedHistory(seed, 0.1, 150);
      let { number, world } = { number: 0, world: new LinkedWorld().world };
      for (let life = 0; life < Math.min(CHAIN_LENGTH, KILL_COUNT - begun); life++) {
        await liveUntilKilled(
          bundle,
          [directory, acknowledgedFile, String(seed), String(number + 1)],
          random() * LIFE_MS,
        );
        // Every key is looked at: nothing was marked by a close.
        const db = await openModels(new NodeFileSystem(), LINKED_MODELS, { directory });
        const found = worldText(contentsOf(db));
        await db.close();
        const least = acknowledgedIn(acknowledgedFile);
        for (let most = least + 5_000; number < least || worldText(world) !== found; ) {
          if (number > most) throw new Error(`what is there is the state after no transaction behind ${least}`);
          ({ number, world } = history.next().value);
        }
      }
      counted += number;
    }
    expect(counted).toBeGreaterThan(KILL_COUNT);
  }));
