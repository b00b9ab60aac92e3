/** Writes a file that never ends, until a test stops the process. */
import { writeNewFile } from '../../src/write-new-file.js';

async function* endless(): AsyncGenerator<string, void> {
  for (;;) {
    yield 'line\n';
    await new Promise((done) => setTimeout(done, 1));
  }
}

void writeNewFile('x', endless());
