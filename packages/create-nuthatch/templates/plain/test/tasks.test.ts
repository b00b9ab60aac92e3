import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../generated/index.js';
import { addTask, nextTasks } from '../src/tasks.js';

test('the most urgent task comes first, and one that is done not at all', async () => {
  const db = await openDatabase({ memory: true });
  const plants = await addTask(db, 'water the plants', 3);
  await addTask(db, 'put out the fire', 9);
  assert.deepEqual(
    nextTasks(db, 10).map(({ title }) => title),
    ['put out the fire', 'water the plants'],
  );
  await db.task.update(plants.id, { isDone: true });
  assert.deepEqual(
    nextTasks(db, 10).map(({ title }) => title),
    ['put out the fire'],
  );
  await db.close();
});
