import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../generated/index.js';
import { serveTasks } from '../src/server.js';
import { openTaskLines, openTasks } from '../src/tasks.js';

test('what a client writes offline reaches the server, and the other client', async () => {
  const db = await openDatabase({ memory: true });
  const first = await serveTasks(db, 0);
  const port = first.port ?? 0;
  const url = `ws://127.0.0.1:${port}`;
  const ann = await openTasks(url, { memory: true });
  const bea = await openTasks(url, { memory: true });
  await ann.connection.synced();

  await first.close();
  const task = await ann.task.insert({ title: 'water the plants', priority: 3 });
  assert.equal(ann.outbox.size, 1);
  assert.equal(db.task.size, 0);

  const second = await serveTasks(db, port);
  await ann.connection.synced();
  assert.equal(db.task.get(task.id)?.title, 'water the plants');
  while (!bea.task.has(task.id)) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(openTaskLines(bea), [`3  water the plants  (${task.id})`]);

  // The server keeps what its policy does not allow from being deleted.
  await bea.task.delete(task.id);
  await bea.connection.synced();
  assert.deepEqual(
    bea.conflicts.all().map(({ code }) => code),
    ['FORBIDDEN'],
  );
  for (const each of [ann, bea]) await each.close();
  await second.close();
  await db.close();
});
