import Fastify, { type FastifyInstance } from 'fastify';
import type { NuthatchDatabase } from '../generated/index.js';

interface NewTask {
  readonly title: string;
  readonly priority?: number;
  readonly labels?: string[];
}

/** HTTP status by error code; what is not here is our own fault. */
const STATUS: Readonly<Record<string, number>> = {
  VALIDATION_FAILED: 400,
  INVALID_KEY: 400,
  DOCUMENT_NOT_FOUND: 404,
  DUPLICATE_KEY: 409,
  REVISION_MISMATCH: 412,
};

/** The service over an open database: `buildServer(db).listen(…)`, or `inject` in tests. */
export function buildServer(db: NuthatchDatabase): FastifyInstance {
  const server = Fastify();

  server.setErrorHandler((error: { code?: string; message: string; statusCode?: number }, _request, reply) => {
    const status = STATUS[error.code ?? ''] ?? error.statusCode ?? 500;
    reply.status(status).send({ code: error.code, message: status < 500 ? error.message : 'something went wrong' });
  });

  server.get<{ Querystring: { label?: string } }>('/tasks', (request) => {
    const { label } = request.query;
    const tasks = label === undefined ? db.task.all() : db.task.findByLabels(label);
    return tasks.orderBy('priority', 'desc').limit(100).all();
  });

  server.get<{ Params: { id: string } }>('/tasks/:id', (request, reply) => {
    reply.header('etag', `"${db.task.revision(request.params.id)}"`);
    return db.task.require(request.params.id);
  });

  server.post<{ Body: NewTask }>('/tasks', async (request, reply) => {
    // Without a body nothing is there, which the insert refuses with every reason.
    const { title, priority, labels } = request.body ?? ({} as NewTask);
    const task = await db.task.insert({ title, priority, labels });
    return reply.status(201).send(task);
  });

  server.post<{ Params: { id: string } }>('/tasks/:id/done', (request) =>
    db.task.update(request.params.id, { isDone: true }),
  );

  server.delete<{ Params: { id: string } }>('/tasks/:id', async (request, reply) => {
    const wasThere = await db.task.delete(request.params.id);
    return reply.status(wasThere ? 204 : 404).send();
  });

  return server;
}
