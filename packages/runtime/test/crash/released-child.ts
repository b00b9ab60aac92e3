/**
 * A process to be killed: puts files, releases documents that refer to them, begins drafts that let them go, compacts, and
 * encrypts with another key in each life. It notes what was acknowledged, one line each.
 */
import { appendFileSync } from 'node:fs';
import { NodeFileSystem } from '../../src/file-system/node-file-system.js';
import { openModels } from '../support/open-models.js';
import { photoOf, RELEASED_PHOTOS, type ReleasedPhotos, releasedOptions } from '../support/released-photos.js';

async function work(directory: string, acknowledgedFile: string, life: number): Promise<void> {
  const db = await openModels(new NodeFileSystem(), [RELEASED_PHOTOS], releasedOptions(directory, life));
  const machine = db['machine'] as unknown as ReleasedPhotos;
  const tell = (step: string, number: number): void => appendFileSync(acknowledgedFile, `${step} ${number}\n`);
  process.stdout.write('open\n');
  for (let number = machine.size; ; number++) {
    const id = String(number);
    const photo = await db.blobs.put(photoOf(number));
    await machine.insert({ id, photo });
    tell('inserted', number);
    await machine.release(id);
    tell('released', number);
    if (number % 2 === 0) {
      await machine.revise(id);
      await machine.update(id, { photo: undefined });
      tell('revised', number);
    }
    if (number % 4 === 0) {
      await machine.delete(id);
      tell('released again', number);
    }
    if (number % 7 === 0) await db.compact();
  }
}

const [directory, acknowledgedFile, life] = process.argv.slice(2) as [string, string, string];
void work(directory, acknowledgedFile, Number(life));
