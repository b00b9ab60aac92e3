import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import { initTRPC } from '@trpc/server';
import Ajv from 'ajv';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import fastify from 'fastify';
import {
  City,
  Club,
  citySchema,
  clubSchema,
  Machine,
  Match,
  Membership,
  machineSchema,
  matchSchema,
  membershipSchema,
  openDatabase,
  Part,
  Player,
  partSchema,
  playerSchema,
  Session,
  sessionSchema,
} from '../../../../generated/index.js';
import { jsonValues } from '../document/json-values.js';
import { arbitrary } from '../fast-check.js';
import { createTestDatabase, factory } from '../testing.js';
import type { DocumentSchema } from './document-schema.js';

const ANN = { id: 'p1', email: 'ann@x.io', age: 31, name: 'Ann' };

const CLASSES = [
  ['Player', Player, playerSchema],
  ['Club', Club, clubSchema],
  ['City', City, citySchema],
  ['Match', Match, matchSchema],
  ['Membership', Membership, membershipSchema],
  ['Session', Session, sessionSchema],
  ['Part', Part, partSchema],
  ['Machine', Machine, machineSchema],
] as const;

type Model = { readonly fields: readonly [] };

/** A document as JSON, as the tools write it. */
function jsonOf(schema: unknown, document: object): unknown {
  const { model } = (schema as { definition: { model: Model } }).definition;
  return JSON.parse(JSON.stringify(jsonValues({ kind: 'object', fields: model.fields }).toJson(document)));
}

async function definitionsByName(): Promise<ReadonlyMap<string, { model: Model }>> {
  const { definitions } = await import('../../../../generated/index.js');
  return new Map(definitions.map((definition) => [definition.model.name, definition as never]));
}

describe('the schema of a class', () => {
  it('is a Standard Schema and a Standard JSON Schema', () => {
    const schema: StandardSchemaV1 & StandardJSONSchemaV1 = playerSchema;
    expect(schema['~standard']).toMatchObject({ version: 1, vendor: 'nuthatch' });
    expect(schema['~standard'].validate({ ...ANN })).toEqual({ value: ANN });
    const written = schema['~standard'].jsonSchema.input({ target: 'draft-2020-12' });
    expect(written).toEqual(playerSchema.jsonSchema('input'));
    expect(() => schema['~standard'].jsonSchema.input({ target: 'openapi-3.0' })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });

  it('gives what an insert takes, and leaves what it was given as it is', async () => {
    using db = await createTestDatabase(openDatabase);
    const given = Object.freeze({ ...ANN, clubs: Object.freeze(['fcb']), joinedAt: '2025-03-01T10:00:00Z' });
    const result = playerSchema['~standard'].validate(given);
    if (result.issues) throw new Error('refused');
    expect(result.value).toEqual({ ...ANN, clubs: ['fcb'], joinedAt: new Date('2025-03-01T10:00:00Z') });
    await expect(db.player.insert(result.value)).resolves.toMatchObject(ANN);
    // Generated ids and defaults are the insert's.
    expect(matchSchema['~standard'].validate({ home: 'a', away: 'b', playedAt: '2025-01-01' })).toEqual({
      value: { home: 'a', away: 'b', playedAt: new Date('2025-01-01') },
    });
    expect(
      sessionSchema['~standard'].validate({ player: 'p', token: 't', expiresAt: new Date(5) }).issues,
    ).toBeUndefined();
  });

  it('names all that is wrong, each with its path', () => {
    const { issues } = playerSchema['~standard'].validate({
      id: 'p1',
      email: 'x',
      age: 200,
      clubs: ['a', 5],
      nome: 'Ann',
    });
    expect(issues).toEqual(
      expect.arrayContaining([
        { message: expect.any(String), path: ['nome'] },
        { message: 'email must be an email', path: ['email'] },
        { message: 'age must not be greater than 120', path: ['age'] },
        { message: expect.any(String), path: ['clubs', 1] },
        { message: expect.stringContaining('required'), path: ['name'] },
      ]),
    );
    for (const wrong of [undefined, null, 5, 'x', [], () => 1, Promise.resolve({})])
      expect(playerSchema['~standard'].validate(wrong)).toMatchObject({ issues: [{ message: expect.any(String) }] });
    const polluting = JSON.parse('{"id":"p1","email":"a@x.io","age":1,"name":"A","__proto__":{"nick":"x"}}');
    expect(playerSchema['~standard'].validate(polluting).issues).toMatchObject([{ path: ['__proto__'] }]);
  });

  it('refuses what the insert would refuse for its key or for an index', async () => {
    using db = await createTestDatabase(openDatabase);
    const wrong: readonly (readonly [DocumentSchema<object>, (input: object) => Promise<unknown>, object, string])[] = [
      // JSON has no NaN, but `1e999` is a number of JSON.
      [clubSchema, (input) => db.club.insert(input as never), { id: 'c', name: 'FCB', size: Number.NaN }, 'size'],
      [partSchema, (input) => db.part.insert(input as never), { id: 'p', number: '1', weight: Number.NaN }, 'weight'],
    ];
    for (const [schema, insert, input, field] of wrong) {
      const { issues } = schema['~standard'].validate(input) as { readonly issues?: readonly object[] };
      expect(issues?.[0]).toEqual({ message: expect.stringMatching(/NaN$|positive/), path: [field] });
      await expect(insert(input)).rejects.toMatchObject({ code: expect.any(String) });
    }
    expect(clubSchema['~standard'].validate(JSON.parse('{"id":"c","name":"FCB","size":1e999}')).issues).toBeUndefined();
  });

  it('converts no day that no calendar has, and takes a time without a zone for UTC', () => {
    const { issues } = playerSchema['~standard'].validate({ ...ANN, joinedAt: '2025-02-30' });
    expect(issues).toMatchObject([{ path: ['joinedAt'] }]);
    for (const [text, iso] of [
      ['2024-02-29', '2024-02-29T00:00:00.000Z'],
      ['2025-03-01T10:00', '2025-03-01T10:00:00.000Z'],
      ['2025-03-01T10:00:00+02:00', '2025-03-01T08:00:00.000Z'],
    ]) {
      const result = playerSchema['~standard'].validate({ ...ANN, joinedAt: text });
      expect(result).toEqual({ value: { ...ANN, joinedAt: new Date(iso!) } });
    }
  });

  it('takes every document of every class as JSON, and gives it back', async () => {
    const definitions = await definitionsByName();
    for (const [name, type, schema] of CLASSES) {
      const definition = definitions.get(name)!;
      const ajv = addFormats(new Ajv2020({ strict: true, allowUnionTypes: true }));
      const validators = (['document', 'input'] as const).map((use) => ajv.compile(schema.jsonSchema(use)));
      const older = addFormats(new Ajv({ strict: true, allowUnionTypes: true, strictTuples: false }));
      validators.push(older.compile(schema.jsonSchema('document', 'draft-07')));
      fc.assert(
        fc.property(arbitrary(type as typeof Player), (document) => {
          const json = jsonOf({ definition }, document);
          for (const isValid of validators) {
            // Emails of class-validator are not exactly those of the format.
            const isRight = isValid(json) || isValid.errors?.every(({ keyword }) => keyword === 'format');
            expect([isRight, isValid.errors]).toEqual([true, isRight ? isValid.errors : null]);
          }
          const result = (schema as DocumentSchema<object>)['~standard'].validate(json);
          expect(result.issues).toBeUndefined();
          const { value } = result as { value: Record<string, unknown> };
          for (const [field, of] of Object.entries(value)) expect(of).toEqual((document as never)[field]);
        }),
        { numRuns: 50 },
      );
    }
  });

  it('says in JSON Schema what the rules say', () => {
    const ajv = addFormats(new Ajv2020({ strict: true }));
    const isInput = ajv.compile(playerSchema.jsonSchema('input'));
    const isPatch = ajv.compile(playerSchema.jsonSchema('patch'));
    const isDocument = ajv.compile(playerSchema.jsonSchema());
    expect(isInput(ANN)).toBe(true);
    expect(isDocument(ANN)).toBe(false);
    expect(isDocument({ ...ANN, clubs: [], joinedAt: new Date(5).toISOString() })).toBe(true);
    expect(isPatch({ age: 3 })).toBe(true);
    expect(isPatch({ id: 'p2' })).toBe(false);
    for (const wrong of [{ age: 121 }, { age: '3' }, { email: 'x' }, { nome: 'A' }, { joinedAt: 'yesterday' }])
      expect(isInput({ ...ANN, ...wrong })).toBe(false);
    expect(() => playerSchema.jsonSchema('input', 'draft-04' as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });

  it('makes the factory know the class before a database is opened', () => {
    expect(factory(Player).build()).toBeInstanceOf(Player);
  });

  it('validates the input of a tRPC procedure', async () => {
    using db = await createTestDatabase(openDatabase);
    const { procedure, router, createCallerFactory } = initTRPC.create();
    const app = router({ add: procedure.input(playerSchema).mutation(({ input }) => db.player.insert(input)) });
    const caller = createCallerFactory(app)({});
    const ann = await caller.add({ ...ANN, joinedAt: '2025-03-01T10:00:00Z' });
    expect(ann.joinedAt).toEqual(new Date('2025-03-01T10:00:00Z'));
    await expect(caller.add({ ...ANN, age: 200 })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    expect(db.player.size).toBe(1);
  });

  it('validates the body of a Fastify route, and describes it', async () => {
    using db = await createTestDatabase(openDatabase);
    const app = fastify();
    app.post(
      '/players',
      { schema: { body: playerSchema.jsonSchema('input', 'draft-07') } },
      async ({ body }, reply) => {
        const result = playerSchema['~standard'].validate(body);
        if (result.issues) return reply.code(400).send(result);
        return db.player.insert(result.value);
      },
    );
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    const post = (payload: object): Promise<Response> =>
      fetch(`${address}/players`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', connection: 'close' },
        body: JSON.stringify(payload),
      });
    const stored = await post({ ...ANN, joinedAt: '2025-03-01T10:00:00Z' });
    expect(await stored.json()).toMatchObject({ joinedAt: '2025-03-01T10:00:00.000Z' });
    expect((await post({ ...ANN, age: 'many' })).status).toBe(400);
    // What JSON Schema does not say is said by the schema itself.
    expect((await post({ ...ANN, email: 'a@b' })).status).toBe(400);
    expect(db.player.size).toBe(1);
    await app.close();
  });
});
