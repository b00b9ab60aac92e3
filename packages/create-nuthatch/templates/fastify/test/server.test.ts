import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../generated/index.js';
import { buildServer } from '../src/server.js';

test('tasks are added, listed by label, done and deleted', async () => {
  const db = await openDatabase({ memory: true });
  const server = buildServer(db);
  const added = await server.inject({
    method: 'POST',
    url: '/tasks',
    payload: { title: 'water the plants', priority: 3, labels: ['home'] },
  });
  assert.equal(added.statusCode, 201);
  const { id } = added.json();
  assert.equal((await server.inject('/tasks?label=home')).json().length, 1);
  assert.equal((await server.inject('/tasks?label=work')).json().length, 0);
  const done = await server.inject({ method: 'POST', url: `/tasks/${id}/done` });
  assert.equal(done.json().isDone, true);
  assert.equal((await server.inject(`/tasks/${id}`)).headers['etag'], '"2"');
  assert.equal((await server.inject({ method: 'DELETE', url: `/tasks/${id}` })).statusCode, 204);
  assert.equal((await server.inject(`/tasks/${id}`)).statusCode, 404);
  await server.close();
  await db.close();
});

test('what is not a task is refused with every reason', async () => {
  const db = await openDatabase({ memory: true });
  const server = buildServer(db);
  const refused = await server.inject({ method: 'POST', url: '/tasks', payload: { title: 5, priority: 'high' } });
  assert.equal(refused.statusCode, 400);
  assert.equal(refused.json().code, 'VALIDATION_FAILED');
  assert.equal((await server.inject({ method: 'POST', url: '/tasks' })).statusCode, 400);
  assert.equal(db.task.size, 0);
  await server.close();
  await db.close();
});
