import { DatabaseError, readClassMetadata } from '@nuthatch/model';
import { Document, defineDocument, Expires, field, Id, Index, Range, Ref, Tag, Vector } from '../src/index.js';

/** Decorators as JavaScript may call them, where no compiler objects. */
type Loose = (...args: unknown[]) => (...args: unknown[]) => void;
const loose = { Document, Expires, Id, Index, Range, Ref, Tag, Vector } as unknown as Readonly<
  Record<'Document' | 'Expires' | 'Id' | 'Index' | 'Range' | 'Ref' | 'Tag' | 'Vector', Loose>
>;

function refusal(act: () => unknown): DatabaseError {
  try {
    act();
  } catch (error) {
    if (DatabaseError.is(error)) return error;
    throw error;
  }
  throw new DatabaseError('INVALID_QUERY', 'nothing was refused');
}

class Holder {
  method(): void {}
}
const context = (more: object) => ({ kind: 'field', name: 'a', static: false, private: false, metadata: {}, ...more });

describe('a decorator used wrongly', () => {
  it.each(['Expires', 'Id', 'Index', 'Range', 'Tag', 'Vector'] as const)(
    '@%s without brackets is refused in both forms',
    (name) => {
      for (const act of [() => loose[name](Holder.prototype, 'field'), () => loose[name](undefined, context({}))]) {
        const error = refusal(act);
        expect(error.code).toBe('INVALID_DECORATOR');
        expect(error.message).toContain(`write @${name}()`);
      }
    },
  );

  it('@Document without brackets is refused in both forms', () => {
    expect(refusal(() => loose.Document(Holder)).message).toContain('write @Document()');
    expect(refusal(() => loose.Document(Holder, context({ kind: 'class', name: 'Holder' }))).message).toContain(
      'write @Document()',
    );
  });

  it.each<[string, () => unknown]>([
    ['an unknown option of @Id', () => loose.Id({ generated: 'uuidv7' })],
    ['a class instead of a function that answers it', () => loose.Ref(Holder)],
    ['@Ref without a class', () => loose.Ref()],
    ['@Ref without brackets', () => loose.Ref(Holder.prototype, 'field')],
    ['an unknown option of @Ref', () => loose.Ref(() => Holder, { onUpdate: 'cascade' })],
    ['an unknown act of @Ref', () => loose.Ref(() => Holder, { onDelete: 'drop' })],
    ['options of @Ref that are none', () => loose.Ref(() => Holder, 'cascade')],
    ['a pin that is no flag', () => loose.Ref(() => Holder, { pin: 1 })],
    ['a pin with an act', () => loose.Ref(() => Holder, { pin: true, onDelete: 'restrict' })],
    ['.ref of a class', () => field.string().ref(Holder as never)],
    ['an unknown option of @Document', () => loose.Document({ table: 'a' })],
    ['an unknown option of @Index', () => loose.Index({ unique: true })],
    ['an unknown option of a composite @Index', () => loose.Index(['a', 'b'], { unique: true })],
    ['options that are none', () => loose.Id('uuidv7')],
    ['a vector without options', () => loose.Vector()],
    ['a vector without dimensions', () => loose.Vector({ metric: 'dot' })],
    ['a vector of half a dimension', () => loose.Vector({ dimensions: 0.5, metric: 'dot' })],
    ['a vector of too many dimensions', () => loose.Vector({ dimensions: 65_537, metric: 'dot' })],
    ['a vector without a metric', () => loose.Vector({ dimensions: 2 })],
    ['a vector of an unknown metric', () => loose.Vector({ dimensions: 2, metric: 'manhattan' })],
    ['an unknown option of a vector', () => loose.Vector({ dimensions: 2, metric: 'dot', lists: 4 })],
    ['a vector in defineDocument without a metric', () => field.floats().vector({ dimensions: 2 } as never)],
    ['an unknown generator', () => loose.Id({ generate: 'random' })],
    ['a way to sync that there is not', () => loose.Document({ sync: 'never' })],
    ['a minReader that is not a whole number', () => loose.Document({ minReader: 1.5 })],
    ['an unknown storage', () => loose.Document({ storage: 'tape' })],
    ['an empty collection name', () => loose.Document({ collection: '' })],
    ['several collections that are no list', () => loose.Document({ collections: 'draft' })],
    ['a list of no collections', () => loose.Document({ collections: [] })],
    ['a collection that is named twice', () => loose.Document({ collections: ['a', 'a'] })],
    ['an empty name among several', () => loose.Document({ collections: ['a', ''] })],
    ['one collection beside several', () => loose.Document({ collection: 'a', collections: ['b', 'c'] })],
    ['a condition that is not a function', () => loose.Index({ where: 'nick' })],
    ['an option of @Expires', () => loose.Expires({ ttlMs: 1 })],
    [
      'two fields of @Expires, legacy',
      () => {
        class Twice {}
        for (const name of ['a', 'b']) loose.Expires()(Twice.prototype, name);
      },
    ],
    [
      'two fields of @Expires, TC39',
      () => {
        const metadata = {};
        for (const name of ['a', 'b']) loose.Expires()(undefined, context({ name, metadata }));
      },
    ],
    [
      'two fields of .expires()',
      () => defineDocument('A', { id: field.string().id(), a: field.date().expires(), b: field.date().expires() }),
    ],
    ['a composite of one', () => loose.Index(['a'])],
    ['a composite of one field twice', () => loose.Range(['a', 'a'])],
    ['a composite on a field', () => loose.Range(['a', 'b'])(Holder.prototype, 'field')],
    [
      'a method, legacy',
      () => loose.Range()(Holder.prototype, 'method', Object.getOwnPropertyDescriptor(Holder.prototype, 'method')),
    ],
    ['a method, TC39', () => loose.Range()(() => 1, context({ kind: 'method' }))],
    ['a setter, TC39', () => loose.Range()(() => 1, context({ kind: 'setter' }))],
    ['a static field, legacy', () => loose.Tag()(Holder, 'field')],
    ['a static field, TC39', () => loose.Tag()(undefined, context({ static: true }))],
    ['a private field', () => loose.Tag()(undefined, context({ private: true, name: '#a' }))],
    ['a symbol', () => loose.Tag()(Holder.prototype, Symbol('a'))],
    ['a field decorator on a class', () => loose.Id()(Holder, context({ kind: 'class', name: 'Holder' }))],
    ['a compiler without decorator metadata', () => loose.Id()(undefined, context({ metadata: undefined }))],
    ['a class without a name', () => loose.Document()(class {})],
    ['@Document on a field', () => loose.Document()(undefined, context({}))],
  ])('%s is refused', (_, act) => {
    expect(refusal(act).code).toBe('INVALID_DECORATOR');
  });

  it('leaves nothing behind', () => {
    expect(readClassMetadata(Holder)).toBeUndefined();
  });
});

describe('defineDocument used wrongly', () => {
  const id = field.string().id();

  it.each<[string, () => unknown]>([
    ['no name', () => defineDocument('', { id })],
    ['no id', () => defineDocument('A', { name: field.string() })],
    ['an unknown rule', () => defineDocument('A', { id, name: field.string().rule('isNice') })],
    ['a composite of one', () => defineDocument('A', { id }, { indexes: [{ unique: ['id'] }] })],
  ])('%s is refused', (_, act) => {
    expect(refusal(act).code).toBe('INVALID_DECORATOR');
  });

  it.each<[string, string, () => unknown]>([
    [
      'two ids of which one is generated',
      'GENERATED_COMPOSITE_ID',
      () => defineDocument('A', { id: field.string().id({ generate: 'uuidv7' }), other: id }),
    ],
    [
      'a range over an object',
      'BAD_RANGE_TYPE',
      () =>
        defineDocument('A', {
          id,
          place: (field.object({ x: field.number() }) as unknown as ReturnType<typeof field.number>).range(),
        }),
    ],
    ['a dangerous name', 'DANGEROUS_NAME', () => defineDocument('A', { id, constructor: field.string() })],
    [
      'an unknown field in an index',
      'UNKNOWN_FIELD',
      () => defineDocument('A', { id }, { indexes: [{ unique: ['id', 'nowhere' as 'id'] }] }),
    ],
    [
      'a collection that hides a member of the database',
      'BAD_COLLECTION_NAME',
      () => defineDocument('A', { id }, { collection: 'transaction' }),
    ],
  ])('%s is refused with all problems', (_, problem, act) => {
    const error = refusal(act);
    expect(error.code).toBe('INVALID_MODEL');
    expect((error.facts['problems'] as { code: string }[]).map(({ code }) => code)).toContain(problem);
  });
});
