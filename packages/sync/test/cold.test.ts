/** Cold collections at a server and in a replica: what is in the file of an image travels as every other document. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DocumentModel } from '@nuthatch/model';
import { fieldModel } from '../../model/test/player-model.js';
import { ModelServer } from './support/model-server.js';
import { until } from './support/sync-players.js';

const text = { kind: 'string' } as const;
const model: DocumentModel = {
  name: 'Letter',
  collection: 'letter',
  storage: 'cold',
  key: { fields: ['id'] },
  fields: [fieldModel('id', text), fieldModel('label', text), fieldModel('text', text)],
  computed: [],
  indexes: [{ name: 'label', kind: 'tag', fields: ['label'] }],
};
const COUNT = 120;
const letter = (number: number, words = `Text ${number}`) => ({
  id: `l${number}`,
  label: `x${number % 3}`,
  text: words,
});

it('cold documents of a server reach a cold replica, and its edits come back', async () => {
  const root = mkdtempSync(join(tmpdir(), 'nuthatch-cold-sync-'));
  const options = { compaction: 'manual', cacheBytes: 0 } as const;
  const server = await ModelServer.open([model], { ...options, directory: join(root, 'server') });
  await server.db['letter']!.insertMany(Array.from({ length: COUNT }, (_, number) => letter(number)));
  await server.db.compact();
  const place = { ...options, memory: undefined, directory: join(root, 'replica') };
  let replica = await server.replica([model], place);
  await replica.connection.synced();
  await replica.compact();
  await server.db['letter']!.update('l1', { text: 'From the server' });
  await replica['letter']!.update('l2', { text: 'From the replica' });
  await until(() => replica.outbox.size === 0 && replica['letter']!.get('l1')!['text'] === 'From the server');
  await replica.compact();
  await replica.close();
  await server.db['letter']!.delete('l3');
  await server.db.compact();
  replica = await server.replica([model], place);
  // As it was, before the server is heard of.
  expect(replica['letter']!.get('l5')!['text']).toBe('Text 5');
  expect(replica.stats().collections['letter']!.coldCount).toBeGreaterThan(COUNT - 5);
  await replica.connection.synced();
  await until(() => !replica['letter']!.has('l3'));
  for (let number = 0; number < COUNT; number++) {
    const due = [`Text ${number}`, 'From the server', 'From the replica', undefined][number > 3 ? 0 : number];
    for (const db of [server.db, replica]) expect(db['letter']!.get(`l${number}`)?.['text']).toBe(due);
  }
  expect(server.errors).toEqual([]);
  await replica.close();
  await server.close();
  rmSync(root, { recursive: true });
});
