/** The service over an open database: `buildServer(db).listen(…)`, or `inject` in tests. */
import swagger from '@fastify/swagger';
import { DatabaseError } from '@nuthatch/runtime';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type ContactInput, type ContactPatch, contactSchema, type NuthatchDatabase } from './generated/index.js';
import { COMPONENTS, ROUTES } from './openapi.js';

/** HTTP status by error code; a code that is not here is our own fault. */
const STATUS: Readonly<Record<string, number>> = {
  VALIDATION_FAILED: 400,
  INVALID_KEY: 400,
  KEY_CHANGED: 400,
  INVALID_QUERY: 400,
  DOCUMENT_NOT_FOUND: 404,
  DUPLICATE_KEY: 409,
  REVISION_MISMATCH: 412,
};

const MAX_PAGE_SIZE = 100;

interface OfContact {
  readonly Params: { readonly id: string };
}

export async function buildServer(db: NuthatchDatabase): Promise<FastifyInstance> {
  const server = Fastify({ forceCloseConnections: true });
  await server.register(swagger, {
    openapi: { openapi: '3.1.0', info: { title: 'Contacts', version: '1.0.0' } },
    refResolver: { buildLocalReference: ({ $id }, _base, _fragment, index) => String($id ?? `definition-${index}`) },
  });
  for (const component of COMPONENTS) server.addSchema(component);
  // Inputs are checked by the class, in `inputOf` and by the repository: one set of rules, and one kind of error.
  server.setValidatorCompiler(() => () => true);
  server.setErrorHandler((error, _request, reply) => sendProblem(error, reply));

  server.get('/openapi.json', { schema: { hide: true } }, () => server.swagger());

  server.get<{ Querystring: { group?: string; limit?: string; after?: string } }>(
    '/contacts',
    { schema: ROUTES.list },
    ({ query: { group, limit = '20', after } }) => {
      const contacts = group === undefined ? db.contact.all() : db.contact.findByGroups(group);
      const inOrder = contacts.orderBy('name').limit(Math.min(Number(limit), MAX_PAGE_SIZE));
      return (after === undefined ? inOrder : inOrder.after(after)).page();
    },
  );

  server.get<OfContact>('/contacts/:id', { schema: ROUTES.get }, ({ params: { id } }, reply) => {
    const contact = db.contact.require(id);
    return reply.header('etag', etagOf(db.contact.revision(id))).send(contact);
  });

  server.post('/contacts', { schema: ROUTES.add }, async ({ body }, reply) => {
    const { document, revision } = await db.contact.insert(inputOf(body), { returning: 'entry' });
    return reply
      .status(201)
      .headers({ etag: etagOf(revision), location: `/contacts/${document.id}` })
      .send(document);
  });

  server.patch<OfContact & { Body: ContactPatch }>(
    '/contacts/:id',
    { schema: ROUTES.change },
    async (request, reply) => {
      const options = { ...ifRevision(request), returning: 'entry' } as const;
      const { document, revision } = await db.contact.update(request.params.id, request.body, options);
      return reply.header('etag', etagOf(revision)).send(document);
    },
  );

  server.delete<OfContact>('/contacts/:id', { schema: ROUTES.remove }, async (request, reply) => {
    db.contact.require(request.params.id);
    await db.contact.delete(request.params.id, ifRevision(request));
    return reply.status(204).send();
  });

  return server;
}

/** An input that came as JSON: a text that is a date becomes one. @throws InvalidInput with every reason. */
function inputOf(body: unknown): ContactInput {
  const result = contactSchema['~standard'].validate(body);
  if (result.issues) throw new InvalidInput(result.issues);
  return result.value;
}

class InvalidInput extends Error {
  readonly code = 'VALIDATION_FAILED';
  readonly violations: readonly { readonly path: string; readonly message: string }[];

  constructor(issues: readonly StandardIssue[]) {
    super(issues.map(({ message }) => message).join('; '));
    this.violations = issues.map(({ path = [], message }) => ({ path: path.join('.'), message }));
  }
}

interface StandardIssue {
  readonly message: string;
  readonly path?: readonly unknown[] | undefined;
}

function etagOf(revision: number | undefined): string {
  return `"${revision}"`;
}

/** The revision that the caller has seen. Something else than one of our ETags matches no revision. */
function ifRevision({ headers }: FastifyRequest): { readonly ifRevision?: number } {
  const given = headers['if-match'];
  if (given === undefined || given === '*') return {};
  const [, revision] = /^"(\d{1,15})"$/.exec(given) ?? [];
  return { ifRevision: revision === undefined ? Number.MAX_SAFE_INTEGER : Number(revision) };
}

function sendProblem(error: unknown, reply: FastifyReply): FastifyReply {
  const { code = 'INTERNAL', message, statusCode } = error as { code?: string; message: string; statusCode?: number };
  const status = STATUS[code] ?? statusCode ?? 500;
  if (status >= 500) {
    console.error(error);
    return reply.status(status).send({ code: 'INTERNAL', message: 'something went wrong' });
  }
  const found = DatabaseError.is(error) ? error.facts['violations'] : (error as InvalidInput).violations;
  const violations = code === 'VALIDATION_FAILED' ? found : undefined;
  return reply.status(status).send({ code, message, violations });
}
