/** The classes of the simulated nodes, in two versions: the later one has a field and an index more. */
import type { DocumentModel, FieldType } from '@nuthatch/model';
import type { CollectionDefinition } from '@nuthatch/runtime/cluster';
import { definitionOf } from '../../runtime/test/support/definition-of-model.js';
import { field, modelWith, NUMBER, STRING } from '../../runtime/test/support/open-models.js';

const TEXTS: FieldType = { kind: 'array', element: STRING };

const playerFields = [field('name', STRING), field('email', STRING), field('clubs', TEXTS), field('age', NUMBER)];
const playerIndexes: DocumentModel['indexes'] = [
  { name: 'email', kind: 'unique', fields: ['email'] },
  { name: 'clubs', kind: 'tag', fields: ['clubs'] },
  { name: 'age', kind: 'range', fields: ['age'] },
];

const player = modelWith(playerFields, { indexes: playerIndexes });
const expandedPlayer = modelWith([...playerFields, field('note', STRING, { optional: true })], {
  indexes: [...playerIndexes, { name: 'name', kind: 'range', fields: ['name'] }],
});
/** One document for each write that a client asked for: whether it is there says whether the write took place. */
const trace = modelWith([field('kind', STRING), field('value', NUMBER)], { name: 'Trace', collection: 'trace' });
const counter = modelWith([field('count', NUMBER)], { name: 'Counter', collection: 'counter' });
/** Numbered by the database. */
const ticket: DocumentModel = {
  name: 'Ticket',
  collection: 'ticket',
  storage: 'disk',
  key: { fields: ['id'], generate: 'sequence' },
  fields: [field('id', NUMBER), field('holder', STRING)],
  computed: [],
  indexes: [],
};

const others = [trace, counter, ticket];

/** By the version of a node's code: 0 before the upgrade, 1 after it. */
export const DEFINITIONS: readonly (readonly CollectionDefinition[])[] = [
  [player, ...others].map((model) => definitionOf(model)),
  [expandedPlayer, ...others].map((model) => definitionOf(model)),
];

export interface PlayerShown {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly clubs: readonly string[];
  readonly age: number;
  readonly note?: string;
}
