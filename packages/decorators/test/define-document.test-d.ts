/** Compiles only when the fields of `defineDocument()` have the right types. */
import { defineDocument, field } from '@nuthatch/decorators';
import { expectTypeOf } from 'expect-type';

const Player = defineDocument('Player', {
  id: field.string().id(),
  age: field.number().range(),
  clubs: field.array(field.string()).tag().default([]),
  nick: field.string().optional().unique(),
  level: field.literal('amateur', 'professional').default('amateur'),
  scores: field.map(field.string(), field.bigint()),
  seen: field.set(field.number()).tag(),
  home: field.object({ street: field.string(), zip: field.string().optional() }).nullable(),
  income: field.variants('kind', { sponsor: { name: field.string() }, tickets: { sold: field.number() } }),
  rating: field.union(field.number(), field.string()),
  since: field.date().nullable().range(),
});
type Player = InstanceType<typeof Player>;

expectTypeOf<Player['id']>().toEqualTypeOf<string>();
expectTypeOf<Player['clubs']>().toEqualTypeOf<string[]>();
expectTypeOf<Player['nick']>().toEqualTypeOf<string | undefined>();
expectTypeOf<Player['level']>().toEqualTypeOf<'amateur' | 'professional'>();
expectTypeOf<Player['scores']>().toEqualTypeOf<Map<string, bigint>>();
expectTypeOf<Player['seen']>().toEqualTypeOf<Set<number>>();
expectTypeOf<NonNullable<Player['home']>['zip']>().toEqualTypeOf<string | undefined>();
expectTypeOf<Player['rating']>().toEqualTypeOf<string | number>();
expectTypeOf<Player['since']>().toEqualTypeOf<Date | null>();
expectTypeOf<Extract<Player['income'], { kind: 'tickets' }>['sold']>().toEqualTypeOf<number>();
expectTypeOf<Player['income']['kind']>().toEqualTypeOf<'sponsor' | 'tickets'>();
// An optional field may be left out, a required one may not.
expectTypeOf<Pick<Player, 'id' | 'nick'>>().toExtend<{ id: string; nick?: string | undefined }>();
expectTypeOf<{ id: string }>().toExtend<Pick<Player, 'id' | 'nick'>>();
expectTypeOf<{ nick: string }>().not.toExtend<Pick<Player, 'id' | 'nick'>>();

// @ts-expect-error an id is not a list
field.array(field.string()).id();
// @ts-expect-error an id is not null
field.date().nullable().id();
// @ts-expect-error an id may not be absent
field.string().optional().id();
// @ts-expect-error objects have no order
field.object({ x: field.number() }).range();
// @ts-expect-error a number is not a time
field.number().expires();
// @ts-expect-error arrays have no order
field.array(field.string()).range();
// @ts-expect-error booleans have no order
field.boolean().range();
// @ts-expect-error tags are scalars
field.array(field.object({ x: field.number() })).tag();
// @ts-expect-error unique values are scalars
field.array(field.string()).unique();
// @ts-expect-error the default is of the field's type
field.number().default('1');
// @ts-expect-error only dates have a time
field.string().defaultNow();
// @ts-expect-error there is no such generator
field.string().id({ generate: 'random' });
// @ts-expect-error there is no field nowhere
defineDocument('A', { id: field.string().id(), org: field.string() }, { indexes: [{ unique: ['org', 'nowhere'] }] });
