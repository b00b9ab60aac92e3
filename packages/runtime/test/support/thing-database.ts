/** Databases of random things, filled, closed and opened again, and what the tests of queries compare. */
import type { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import type { Query } from '../../src/repository/query.js';
import { type AnyDatabase, type Fields, openModels } from './open-models.js';
import { type Asked, type Ordered, type Random, randomThing, thingId, thingModel } from './random-things.js';

export const COUNT = 80;

export type AnyQuery = Query<never>;

export async function filled(
  random: Random,
  fileSystem: MemoryFileSystem,
  count = COUNT,
): Promise<{ db: AnyDatabase; things: Map<string, Fields> }> {
  const db = await openModels(fileSystem, [thingModel]);
  const things = new Map<string, Fields>();
  const numbers = Array.from({ length: count }, (_, number) => number);
  // Half of them in the order of their keys, which queries make use of.
  if (random() < 0.5) numbers.sort(() => random() - 0.5);
  for (const number of numbers) {
    const thing = randomThing(random, thingId(number));
    if (random() < 0.2) continue;
    things.set(thing['id'] as string, thing);
  }
  await db['player']!.insertMany([...things.values()]);
  return { db, things };
}

/** As `expect(…).toEqual`, of keys and counts, in a hundredth of the time. */
export function same(what: object, found: unknown, expected: unknown): void {
  if (String(found) !== String(expected)) expect({ ...what, found }).toEqual({ ...what, found: expected });
}

export function ordered(query: AnyQuery, { orders }: Ordered): AnyQuery {
  return orders.reduce((further, [field, direction]) => further.orderBy(field as never, direction), query);
}

export function show(asked: Asked, order?: Ordered): string {
  const text = JSON.stringify(asked.where, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
  return order === undefined ? text : `${text} by ${JSON.stringify(order.orders)}`;
}
