/** A definition as the generator would write it for a player, by hand: the engine's tests need no generated code. */
import {
  CLASS_METADATA_KEY,
  type ClassMetadata,
  type DocumentModel,
  declarationFingerprint,
  declarationOf,
  fingerprintOf,
  type Violation,
} from '@nuthatch/model';
import { createModelCodec } from '../../src/codec/model-codec.js';
import type {
  CombinedConditions,
  KeyQuery,
  RangeQuery,
  TagQuery,
  ValueQuery,
} from '../../src/collection/query-types.js';
import type { CollectionDefinition } from '../../src/definition/collection-definition.js';
import { frozenArray } from '../../src/document/frozen-array.js';
import { frozenDate } from '../../src/document/frozen-values.js';
import type { Query } from '../../src/repository/query.js';
import type { Repository } from '../../src/repository/repository.js';
import type { TransactionRepository } from '../../src/repository/transaction-repository.js';

export class Player {
  readonly id!: string;
  email!: string;
  clubs!: string[];
  age!: number;
  joinedAt!: Date;
  name!: string;
  nick?: string;

  get nameLength(): number {
    return this.name.length;
  }
}

export interface PlayerInput {
  readonly id: string;
  readonly email: string;
  readonly clubs?: readonly string[];
  readonly age: number;
  readonly joinedAt?: Date;
  readonly name: string;
  readonly nick?: string | undefined;
}

export interface PlayerWhere extends CombinedConditions<PlayerWhere> {
  readonly id?: KeyQuery<string>;
  readonly email?: ValueQuery<string>;
  readonly clubs?: TagQuery<string>;
  readonly age?: RangeQuery<number>;
  readonly joinedAt?: RangeQuery<Date>;
  readonly nick?: ValueQuery<string>;
  readonly nameLength?: RangeQuery<number>;
}

export interface PlayerTypes {
  readonly document: Readonly<Player>;
  readonly key: string;
  readonly input: PlayerInput;
  readonly patch: Partial<Omit<PlayerInput, 'id'>>;
  readonly where: PlayerWhere;
  readonly order: 'age' | 'joinedAt' | 'nameLength' | 'id';
  readonly tags: { readonly clubs: string };
  readonly ranges: { readonly age: number; readonly joinedAt: Date; readonly nameLength: number };
  readonly sums: 'age' | 'nameLength';
  readonly fixed: never;
  readonly unique: 'email' | 'nick';
  readonly numbers: 'age';
}

export interface PlayerFinders {
  findByEmail(email: string): Readonly<Player> | undefined;
  findByNick(nick: string): Readonly<Player> | undefined;
  findByClubs(clubs: TagQuery<string>): Query<PlayerTypes>;
  findByAge(age: RangeQuery<number>): Query<PlayerTypes>;
  findByJoinedAt(joinedAt: RangeQuery<Date>): Query<PlayerTypes>;
  findByNameLength(nameLength: RangeQuery<number>): Query<PlayerTypes>;
}

export type PlayerRepository = Repository<PlayerTypes> & PlayerFinders;
export type PlayerTransaction = TransactionRepository<PlayerTypes> & PlayerFinders;

const FIELDS = ['id', 'email', 'clubs', 'age', 'joinedAt', 'name', 'nick'] as const;

export const playerModel: DocumentModel = {
  name: 'Player',
  collection: 'player',
  storage: 'disk',
  key: { fields: ['id'] },
  fields: [
    { name: 'id', type: { kind: 'string' }, optional: false, rules: [] },
    { name: 'email', type: { kind: 'string' }, optional: false, rules: [] },
    {
      name: 'clubs',
      type: { kind: 'array', element: { kind: 'string' } },
      optional: false,
      default: { kind: 'empty', of: 'array' },
      rules: [],
    },
    { name: 'age', type: { kind: 'number' }, optional: false, rules: [] },
    { name: 'joinedAt', type: { kind: 'date' }, optional: false, default: { kind: 'now' }, rules: [] },
    { name: 'name', type: { kind: 'string' }, optional: false, rules: [] },
    { name: 'nick', type: { kind: 'string' }, optional: true, rules: [] },
  ],
  computed: [{ name: 'nameLength', type: { kind: 'number' }, optional: false }],
  indexes: [
    { name: 'email', kind: 'unique', fields: ['email'] },
    { name: 'clubs', kind: 'tag', fields: ['clubs'] },
    { name: 'age', kind: 'range', fields: ['age'] },
    { name: 'joinedAt', kind: 'range', fields: ['joinedAt'] },
    { name: 'nick', kind: 'unique', fields: ['nick'], where: '(player) => player.nick !== "nobody"' },
    { name: 'nameLength', kind: 'range', fields: ['nameLength'] },
  ],
};

const metadata: ClassMetadata = {
  name: 'Player',
  collection: 'player',
  storage: 'disk',
  keyFields: ['id'],
  indexes: playerModel.indexes.map(({ where, ...index }) =>
    where === undefined ? index : { ...index, where: (player: Player) => player.nick !== 'nobody' },
  ),
  rules: {},
};

/** What reflect-metadata does, as far as the engine asks for it. */
export function giveMetadata(documentClass: object, record: ClassMetadata): void {
  const reflect = Reflect as { getOwnMetadata?: (key: symbol, target: object) => unknown };
  const earlier = reflect.getOwnMetadata;
  reflect.getOwnMetadata = (key, target) =>
    key === CLASS_METADATA_KEY && target === documentClass ? record : earlier?.(key, target);
}
giveMetadata(Player, metadata);

type Fields = Record<string, unknown>;

function assign(values: (name: string) => unknown): Player {
  const document = Object.create(Player.prototype) as Fields;
  for (const name of FIELDS) document[name] = values(name);
  return document as unknown as Player;
}

function validate(document: Player): readonly Violation[] | undefined {
  const violations: Violation[] = [];
  const check = (path: string, rule: string, isGood: boolean, message: string): void => {
    if (!isGood) violations.push({ path, rule, message: `${path} ${message}` });
  };
  check('id', 'type', typeof document.id === 'string', 'must be a string');
  check('email', 'type', typeof document.email === 'string', 'must be a string');
  check(
    'clubs',
    'type',
    Array.isArray(document.clubs) && document.clubs.every((club) => typeof club === 'string'),
    'must be an array of strings',
  );
  check('age', 'type', typeof document.age === 'number', 'must be a number');
  check('age', 'max', !(document.age > 120), 'must not be greater than 120');
  check('joinedAt', 'type', document.joinedAt instanceof Date, 'must be a date');
  check('name', 'type', typeof document.name === 'string', 'must be a string');
  check('nick', 'type', document.nick === undefined || typeof document.nick === 'string', 'must be a string');
  return violations.length > 0 ? violations : undefined;
}

export const playerDefinition: CollectionDefinition<Player> = {
  model: playerModel,
  fingerprint: fingerprintOf(JSON.stringify(playerModel)),
  declarationFingerprint: declarationFingerprint(declarationOf(playerModel)),
  documentClass: Player,
  codec: createModelCodec(playerModel, {
    prototype: Player.prototype,
  }) as unknown as CollectionDefinition<Player>['codec'],
  unknownFields(input) {
    const unknown = Object.getOwnPropertyNames(input).filter((name) => !(FIELDS as readonly string[]).includes(name));
    return unknown.length > 0 ? unknown : undefined;
  },
  build(input) {
    const given = input as Fields;
    const defaults: Fields = { clubs: [], joinedAt: new Date() };
    return assign((name) => (Object.hasOwn(given, name) ? given[name] : undefined) ?? defaults[name]);
  },
  merge(document, patch) {
    return assign((name) =>
      Object.hasOwn(patch, name) ? (patch as Fields)[name] : (document as unknown as Fields)[name],
    );
  },
  validate,
  seal(document) {
    const fields = document as unknown as Fields;
    fields['clubs'] = frozenArray(document.clubs);
    fields['joinedAt'] = frozenDate(document.joinedAt);
    return Object.freeze(document);
  },
};
