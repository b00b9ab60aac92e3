/** The end of the pages as an engine: what it takes, and what it refuses. */
import { DIRECTORY, openItems, put, readFile, transaction } from '../../test/disk-fixture.js';
import { MemoryFileSystem } from '../file-system/memory-file-system.js';
import { FrameWriter } from './frame-writer.js';

const PAGE_1 = `${DIRECTORY}/page-0000000001.nut`;

describe('the end of the pages', () => {
  it('takes a frame that begins with the seq after its last one, and no other', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem);
    journal.append(transaction(put('a', 1)), 'fsync');
    await journal.flush();
    const { log, models } = journal.checkpointPort;
    const before = await readFile(fileSystem, PAGE_1);
    const frame = new FrameWriter();
    for (const firstSeq of [1, 3]) {
      frame.begin(log.pageNumber, firstSeq, undefined);
      frame.add(transaction(put('b', 2)), models, 1_000_000, log.backlog.tally);
      const refusal = expect.objectContaining({
        code: 'JOURNAL_WRITE_FAILED',
        facts: { file: log.file, operation: 'append', firstSeq, expectedSeq: 2 },
      });
      await expect(log.append(frame, true)).rejects.toEqual(refusal);
      expect(() => log.appendShort(frame)).toThrow(refusal as never);
    }
    expect(await readFile(fileSystem, PAGE_1)).toEqual(before);
    journal.append(transaction(put('b', 2)), 'fsync');
    await journal.flush();
    await journal.close();
    const again = await openItems(fileSystem);
    expect(again.journal.lastSeq).toBe(2);
    await again.journal.close();
  });
});
