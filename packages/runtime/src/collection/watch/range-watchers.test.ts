import fc from 'fast-check';
import type { LiveQuery } from './live-query.js';
import { RangeWatchers } from './range-watchers.js';

const point = fc.option(fc.record({ value: fc.integer({ min: 0, max: 20 }), isAfter: fc.boolean() }), {
  nil: undefined,
});
const stretch = fc.record({ from: point, to: point });
const act = fc.oneof(
  fc.record({ add: stretch }),
  fc.record({ end: fc.nat() }),
  fc.record({ ask: fc.integer({ min: -1, max: 21 }) }),
);

it('finds the stretches that hold a value, as looking at each does, while they come and end', () => {
  fc.assert(
    fc.property(fc.array(stretch, { maxLength: 150 }), fc.array(act, { maxLength: 100 }), (first, acts) => {
      const watchers = new RangeWatchers<LiveQuery>({ compare: (a, b) => (a as number) - (b as number) });
      const held = new Map<LiveQuery, (typeof first)[number]>();
      const add = (one: (typeof first)[number]): void => {
        const live = {} as LiveQuery;
        held.set(live, one);
        watchers.add(live, one);
      };
      first.forEach(add);
      for (const one of acts) {
        if ('add' in one) add(one.add);
        else if ('end' in one) {
          const live = [...held.keys()][one.end % Math.max(1, held.size)];
          if (live === undefined) continue;
          held.delete(live);
          watchers.delete(live);
        } else {
          const { ask } = one;
          const found: LiveQuery[] = [];
          watchers.find(ask, (live) => found.push(live));
          const isIn = ({ from, to }: (typeof first)[number]): boolean =>
            (from === undefined || ask > from.value || (ask === from.value && !from.isAfter)) &&
            (to === undefined || ask < to.value || (ask === to.value && to.isAfter));
          const expected = [...held].filter(([, each]) => isIn(each)).map(([live]) => live);
          expect(new Set(found)).toEqual(new Set(expected));
          expect(found).toHaveLength(expected.length);
        }
        expect(watchers.size).toBe(held.size);
      }
    }),
  );
});
