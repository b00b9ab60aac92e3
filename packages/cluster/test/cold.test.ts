/** Cold collections on nodes: in the file of the node's own image where it has a directory, else in memory. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../../generated/index.js';
import { memoryJournal } from '../src/index.js';

type Db = Awaited<ReturnType<typeof openDatabase>>;

const letter = (number: number, text = `Text ${number}`) => ({
  id: `l${number}`,
  number,
  labels: [`x${number % 3}`],
  sentAt: new Date(number * 1_000),
  text,
});
const COUNT = 200;

function expectLetters(db: Db, textOf: (number: number) => string | undefined): void {
  for (let number = 0; number < COUNT; number++) {
    expect(db.letter.get(`l${number}`)?.text).toBe(textOf(number));
    expect(db.letter.findByNumber(number)?.text).toBe(textOf(number));
  }
}

describe('cold collections of nodes', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'nuthatch-cold-nodes-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('stay in the file of the image of each, while others write, and in memory where there is none', async () => {
    const journal = memoryJournal();
    const options = { journal, compaction: 'manual', cacheBytes: 0 } as const;
    const directory = join(root, 'a');
    let a: Db = await openDatabase({ ...options, directory });
    const b: Db = await openDatabase({ journal, memory: true });
    await a.letter.insertMany(Array.from({ length: COUNT }, (_, number) => letter(number)));
    await a.compact();
    expect(a.stats().collections.letter?.coldCount).toBeGreaterThanOrEqual(COUNT - 1);
    await b.caughtUp(a.seq);
    // The other node writes while the image is written, and after it.
    const compacting = a.compact();
    for (let number = 0; number < 50; number++) await b.letter.update(`l${number}`, { text: 'From b' });
    await compacting;
    for (let number = 50; number < 60; number++) await b.letter.delete(`l${number}`);
    await a.caughtUp(b.seq);
    const textOf = (number: number): string | undefined =>
      number < 50 ? 'From b' : number < 60 ? undefined : `Text ${number}`;
    expectLetters(a, textOf);
    expectLetters(b, textOf);
    await a.compact();
    expectLetters(a, textOf);
    await a.close();
    await b.letter.update('l199', { text: 'Meanwhile' });
    a = await openDatabase({ ...options, directory });
    await a.barrier();
    const later = (number: number): string | undefined => (number === 199 ? 'Meanwhile' : textOf(number));
    expectLetters(a, later);
    expect(a.stats().collections.letter).toMatchObject({ storage: 'cold', documentCount: COUNT - 10 });
    expect(a.stats().collections.letter?.coldCount).toBeGreaterThan(100);
    expect(b.stats().collections.letter).toMatchObject({ storage: 'memory', coldCount: 0 });
    expectLetters(b, later);
    // One that joins now begins with the image of another, which it lets go of.
    const c: Db = await openDatabase({ journal, memory: true });
    await c.barrier();
    expectLetters(c, later);
    await Promise.all([a.close(), b.close(), c.close()]);
  });
});
