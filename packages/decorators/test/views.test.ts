import { DatabaseError, readViewMetadata } from '@nuthatch/model';
import { Avg, Count, Document, Id, Max, Min, Range, Sum, Top, View } from '../src/index.js';

@Document()
class Game {
  @Id() id!: string;
  home!: string;
  goals!: number;
}

abstract class Counted {
  @Count() games!: number;
}

const where = { goals: { gte: 1 } };

@View(() => Game, { where, groupBy: 'home', collection: 'tables' })
@Range(['games', 'most'])
class Table extends Counted {
  home!: string;
  @Sum('goals') @Range() goals!: number;
  @Avg('goals') average!: number;
  @Min('goals') least!: number;
  @Max('goals') most!: number;
  @Top(2, 'goals', { order: 'asc' }) first!: Pick<Game, 'id'>[];
}

it('@View leaves behind what its rows are made of, those of a base class included', () => {
  const metadata = readViewMetadata(Table)!;
  expect([metadata.name, metadata.collection, metadata.isCollectionNamed]).toEqual(['Table', 'tables', true]);
  expect([metadata.of(), metadata.where, metadata.groupBy]).toEqual([Game, where, ['home']]);
  expect(metadata.aggregates).toEqual({
    games: { kind: 'count' },
    goals: { kind: 'sum', of: 'goals' },
    average: { kind: 'avg', of: 'goals' },
    least: { kind: 'min', of: 'goals' },
    most: { kind: 'max', of: 'goals' },
    first: { kind: 'top', of: 'goals', count: 2, order: 'asc' },
  });
  expect(metadata.indexes.map(({ name, kind }) => `${kind} ${name}`)).toEqual(['range goals', 'range games_most']);
  expect(readViewMetadata(Game)).toBeUndefined();
});

it('takes the name of the class where none is given', () => {
  @View(() => Game)
  class OpenGame {
    id!: string;
  }
  expect(readViewMetadata(OpenGame)).toMatchObject({ collection: 'openGame', isCollectionNamed: false });
});

type Loose = (...args: unknown[]) => (...args: unknown[]) => void;
const loose = { Avg, Count, Max, Min, Sum, Top, View } as unknown as Readonly<
  Record<'Avg' | 'Count' | 'Max' | 'Min' | 'Sum' | 'Top' | 'View', Loose>
>;
const context = { kind: 'field', name: 'a', static: false, private: false, metadata: {} };

it.each<[string, () => unknown]>([
  ['@View without brackets', () => loose.View(Game)],
  ['@View without brackets, TC39', () => loose.View(Game, { ...context, kind: 'class' })],
  ['@View of nothing', () => loose.View()],
  ['@View of a name', () => loose.View('Game')],
  ['an unknown option', () => loose.View(() => Game, { having: 1 })],
  ['options that are none', () => loose.View(() => Game, 'goals')],
  ['a condition that is none', () => loose.View(() => Game, { where: 'goals > 1' })],
  ['a group that is none', () => loose.View(() => Game, { groupBy: [] })],
  ['a group of something else', () => loose.View(() => Game, { groupBy: [1] })],
  ['a group by one field twice', () => loose.View(() => Game, { groupBy: ['home', 'home'] })],
  ['an empty name', () => loose.View(() => Game, { collection: '' })],
  ['@View on a field', () => loose.View(() => Game)(undefined, context)],
  ['@View on a class without a name', () => loose.View(() => Game)(class {})],
  ['@Count without brackets', () => loose.Count(Table.prototype, 'field')],
  ['@Count of something', () => loose.Count('goals')],
  ['@Sum without brackets', () => loose.Sum(Table.prototype, 'field')],
  ['@Sum without brackets, TC39', () => loose.Sum(undefined, context)],
  ['@Min as of class-validator', () => loose.Min(3)],
  ['@Max of an empty name', () => loose.Max('')],
  ['@Top without a field', () => loose.Top(3)],
  ['@Top of none', () => loose.Top(0, 'goals')],
  ['@Top of too many', () => loose.Top(1_001, 'goals')],
  ['@Top of a part', () => loose.Top(1.5, 'goals')],
  ['@Top in another order', () => loose.Top(3, 'goals', { order: 'down' })],
  ['@Top with another option', () => loose.Top(3, 'goals', { by: 'home' })],
  ['@Top with options that are none', () => loose.Top(3, 'goals', 'asc')],
  [
    'two of them on one field',
    () => {
      class Twice {}
      loose.Count()(Twice.prototype, 'a');
      loose.Sum('goals')(Twice.prototype, 'a');
    },
  ],
])('%s is refused', (_, act) => {
  expect(act).toThrow(expect.objectContaining({ code: 'INVALID_DECORATOR' }));
  expect(act).toThrow(DatabaseError);
});
