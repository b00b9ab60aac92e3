import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The floor, not a store: an awaited append of one JSON line with fdatasync, and JSON.parse of all lines for the reopen.
 * It answers nothing, so it takes part only in the phases named in `phases`.
 * @type {import('../lib/store.mjs').Adapter & { phases: string[] }}
 */
export const adapter = {
  name: 'raw-file',
  title: 'bare file',
  modes: ['journal', 'durable'],
  readModes: [],
  large: true,
  phases: ['durable-one', 'reopen'],
  note: 'one append and one fdatasync, awaited; reopen is JSON.parse of every line into an array',
  async open({ mode, directory }) {
    const path = join(directory, 'lines.jsonl');
    const file = await open(path, 'a');
    let parsed;
    if (mode === 'journal') {
      const text = readFileSync(path, 'latin1');
      parsed = [];
      for (let at = 0, end = text.indexOf('\n'); end !== -1; at = end + 1, end = text.indexOf('\n', at)) {
        parsed.push(JSON.parse(text.slice(at, end)));
      }
    }
    const append = async (text) => {
      await file.write(text);
      if (mode === 'durable') await file.datasync();
    };
    return {
      insertMany: (documents) => append(`${documents.map((document) => JSON.stringify(document)).join('\n')}\n`),
      insert: (document) => append(`${JSON.stringify(document)}\n`),
      get: () => parsed[parsed.length - 1],
      settle() {},
      close: () => file.close(),
    };
  },
};
