/** A rule that answers a promise is refused with a code: it is never counted as kept. */
import { Document, Id, Index } from '@nuthatch/decorators';
import type { DocumentModel } from '@nuthatch/model';
import { openDatabase } from '@nuthatch/runtime';
import {
  registerDecorator,
  Validate,
  ValidateBy,
  ValidateIf,
  ValidateNested,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { loadGenerated } from '../support/load-generated.js';
import type { Untyped } from './open-classes.js';

type AnyClass = abstract new (...args: never[]) => object;

const opaque = [{ name: 'custom', args: [], opaque: true }];

function modelOfThing(where?: string): DocumentModel {
  return {
    name: 'Thing',
    collection: 'thing',
    storage: 'disk',
    key: { fields: ['id'] },
    fields: [
      { name: 'id', type: { kind: 'string' }, optional: false, rules: [] },
      { name: 'name', type: { kind: 'string' }, optional: true, rules: opaque },
      {
        name: 'part',
        type: {
          kind: 'object',
          className: 'Part',
          fields: [{ name: 'name', type: { kind: 'string' }, optional: false, rules: [] }],
        },
        optional: true,
        rules: opaque,
      },
    ],
    computed: [],
    indexes: where === undefined ? [] : [{ name: 'name', kind: 'unique', fields: ['name'], where }],
  } as DocumentModel;
}

function open(thing: AnyClass, part: AnyClass = class Part {}, where?: string): Promise<Untyped> {
  return openDatabase([loadGenerated(modelOfThing(where), thing, { Part: part })], { memory: true });
}

/** Decorates a field `name` of a new class, of a document or of a nested value. */
function nested(decorate: PropertyDecorator): AnyClass {
  class Part {
    name!: string;
  }
  decorate(Part.prototype, 'name');
  return Part;
}

function document(decorate: PropertyDecorator): AnyClass {
  class Thing {
    id!: string;
    name?: string;
    part?: object;
  }
  (Id() as PropertyDecorator)(Thing.prototype, 'id');
  decorate(Thing.prototype, 'name');
  ValidateNested()(Thing.prototype, 'part');
  Document()(Thing);
  return Thing;
}

@ValidatorConstraint({ name: 'declared', async: true })
class Declared implements ValidatorConstraintInterface {
  validate(): Promise<boolean> {
    return Promise.resolve(false);
  }
}

@ValidatorConstraint({ name: 'undeclared' })
class Undeclared implements ValidatorConstraintInterface {
  async validate(): Promise<boolean> {
    return false;
  }
}

@ValidatorConstraint({ name: 'hidden' })
class Hidden implements ValidatorConstraintInterface {
  validate(): Promise<boolean> {
    return Promise.reject(new Error('nobody sees it'));
  }
}

function registered(async: boolean, validate: () => boolean | Promise<boolean>): PropertyDecorator {
  return (target, propertyName) =>
    registerDecorator({
      name: 'registered',
      target: target.constructor,
      propertyName: propertyName as string,
      async,
      validator: { validate },
    });
}

const promising = (): Promise<boolean> => Promise.resolve(false);

describe.each([
  ['a constraint that says it is asynchronous', Validate(Declared)],
  ['a constraint with an async function', Validate(Undeclared)],
  ['isAsync of registerDecorator', registered(true, promising)],
  ['an async condition', ValidateIf((async () => false) as never)],
])('%s', (_, decorate) => {
  it('is refused when the database opens', async () => {
    await expect(open(document(decorate))).rejects.toMatchObject({ code: 'ASYNC_RULE' });
  });

  it('is refused at the write when it is in a nested class', async () => {
    await using db = await open(
      document(() => undefined),
      nested(decorate),
    );
    await expect(db.thing.insert({ id: 'a', part: { name: 'x' } })).rejects.toMatchObject({ code: 'ASYNC_RULE' });
    expect(db.thing.size).toBe(0);
    await expect(db.thing.insert({ id: 'a' })).resolves.toBeDefined();
  });
});

// class-validator wraps these functions, so that they cannot be told before they have answered.
describe.each([
  ['an async function of registerDecorator', registered(false, async () => false)],
  ['ValidateBy with async', ValidateBy({ name: 'by', async: true, validator: { validate: promising } }, {})],
  ['a constraint that answers a promise', Validate(Hidden)],
  ['a function of registerDecorator that answers a promise', registered(false, promising)],
  [
    'a rule for each element that answers promises',
    ValidateBy({ name: 'by', validator: { validate: promising } }, { each: true }),
  ],
  ['a condition that answers a promise', ValidateIf(promising as never)],
])('%s, and does not say so', (_, decorate) => {
  it('is refused at the write, of a document and of a nested value', async () => {
    await using outer = await open(document(decorate));
    await expect(outer.thing.insert({ id: 'a', name: 'x' })).rejects.toMatchObject({ code: 'ASYNC_RULE' });
    expect(outer.thing.size).toBe(0);
    await using inner = await open(
      document(() => undefined),
      nested(decorate),
    );
    await expect(inner.thing.insert({ id: 'a', part: { name: 'x' } })).rejects.toMatchObject({ code: 'ASYNC_RULE' });
    expect(inner.thing.size).toBe(0);
  });
});

describe('the condition of an index', () => {
  const conditional = (where: () => unknown): AnyClass => {
    const thing = document(() => undefined);
    (Index({ where: where as never }) as PropertyDecorator)(thing.prototype as object, 'name');
    return thing;
  };

  it('is refused when the database opens, when it is an async function', async () => {
    await expect(
      open(
        conditional(async () => false),
        undefined,
        'where',
      ),
    ).rejects.toMatchObject({ code: 'ASYNC_RULE' });
  });

  it('is refused at the write, when it answers a promise', async () => {
    await using db = await open(conditional(promising), undefined, 'where');
    const refused = await db.thing.insert({ id: 'a', name: 'x' }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'INVALID_INDEX_VALUE', cause: { code: 'ASYNC_RULE' } });
    expect(db.thing.size).toBe(0);
  });
});

it('synchronous rules of class-validator keep working, before and after a refused one', async () => {
  const short = registered(false, ((value: string) => value.length < 3) as never);
  await using db = await open(document(short));
  await expect(db.thing.insert({ id: 'a', name: 'long' })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  await expect(db.thing.insert({ id: 'a', name: 'ab' })).resolves.toMatchObject({ name: 'ab' });
});
