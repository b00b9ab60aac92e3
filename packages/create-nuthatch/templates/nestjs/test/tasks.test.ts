import 'reflect-metadata';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Test } from '@nestjs/testing';
import { openDatabase } from '../generated/index.js';
import { AppModule } from '../src/app.module.js';

test('tasks are added, listed by label, done and deleted; what is none is refused', async () => {
  const testing = await Test.createTestingModule({
    imports: [AppModule.over(() => openDatabase({ memory: true }))],
  }).compile();
  const app = testing.createNestApplication();
  await app.listen(0, '127.0.0.1');
  const url = `${await app.getUrl()}/tasks`;
  const post = (path: string, body: unknown) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const added = await post('', { title: 'water the plants', priority: 3, labels: ['home'] });
  assert.equal(added.status, 201);
  const { id } = (await added.json()) as { id: string };
  assert.equal(((await (await fetch(`${url}?label=home`)).json()) as unknown[]).length, 1);
  assert.equal(((await (await post(`/${id}/done`, {})).json()) as { isDone: boolean }).isDone, true);
  assert.equal((await post('', { title: 5 })).status, 400);
  assert.equal((await fetch(url, { method: 'POST' })).status, 400);
  assert.equal((await fetch(`${url}/${id}`, { method: 'DELETE' })).status, 204);
  assert.equal((await fetch(`${url}/${id}`)).status, 404);
  await app.close();
});
