import { readClassMetadata, readViewMetadata } from '@nuthatch/model';
import { EXPECTED, shownMetadata } from '../expected-metadata.js';
import { Captaincy, LongPassage, Membership, Passage, Player, Session, Timestamped } from './tc39-classes.js';
import { Game, Table } from './views.tc39.js';

const CLASSES = { Captaincy, LongPassage, Membership, Passage, Player, Session };

describe('decorators in the TC39 form', () => {
  it.each(Object.keys(EXPECTED) as (keyof typeof EXPECTED)[])('leave the metadata of %s', (name) => {
    expect(sorted(shownMetadata(CLASSES[name]))).toEqual(sorted(EXPECTED[name]));
  });

  it('hand over the condition itself', () => {
    const nick = readClassMetadata(Player)!.indexes.find(({ name }) => name === 'nick')!;
    expect(nick.where!({ nick: 'a' } as never)).toBe(true);
    expect(nick.where!({} as never)).toBe(false);
  });

  it('leave a base class that is not a document without metadata', () => {
    expect(readClassMetadata(Timestamped)).toBeUndefined();
  });

  it('do not touch instances', () => {
    expect(Object.keys(new Membership())).toEqual(['createdAt', 'club', 'player', 'since', 'number']);
  });
});

/** TC39 runs decorators of getters before those of fields: the order of indexes says nothing. */
function sorted(metadata: unknown): unknown {
  const { indexes, ...rest } = metadata as { indexes: readonly { name: string }[] };
  return { ...rest, indexes: [...indexes].sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

it('views leave the same in the TC39 form', () => {
  const metadata = readViewMetadata(Table)!;
  expect([metadata.name, metadata.of(), metadata.groupBy]).toEqual(['Table', Game, ['home']]);
  expect(metadata.aggregates).toEqual({ games: { kind: 'count' }, goals: { kind: 'sum', of: 'goals' } });
  expect(metadata.indexes.map(({ name, kind }) => `${kind} ${name}`)).toEqual(['range games']);
});
