/** `@Ref` and `.ref()` in sources: what is read of them, what is refused where, and what a change means. */
import { TemporaryProject } from './support/temporary-project.js';

const HEAD =
  "import { defineDocument, Document, field, Id, Index, type Key, Range, Ref, Released, type ReleasedKey, Tag } from '@nuthatch/decorators';\n";
const CLUB = '@Document() export class Club { @Id() id!: string; }\n';
const PAIR = '@Document() export class Pair { @Id() x!: string; @Id() y!: number; }\n';

/** Reports as `line:column CODE`, of a class `Thing` whose fields begin in line 5. */
async function reports(fields: string, others = CLUB): Promise<readonly string[]> {
  const source = `${HEAD}${others}@Document()\nexport class Thing {\n@Id() id!: string; ${fields}\n}\n`;
  using project = new TemporaryProject({ 'schemas/thing.ts': source });
  const { diagnostics, files } = await project.generate();
  if (diagnostics.length > 0) expect(files).toEqual([]);
  for (const { message, hint } of diagnostics) expect(`${message}${hint}`).not.toContain('\n');
  return diagnostics.map(({ code, position }) => `${position.line}:${position.column} ${code}`);
}

it.each<[string, string, string | undefined, readonly string[]]>([
  ['a key', '@Ref(() => Club) club!: string;', undefined, []],
  ['an optional typed key', "@Ref(() => Club, { onDelete: 'setAbsent' }) club?: Key<'Club'>;", undefined, []],
  ['a key that may be null', "@Ref(() => Club, { onDelete: 'setAbsent' }) club!: string | null;", undefined, []],
  ['lists', '@Ref(() => Club) a: string[] = []; @Ref(() => Club) b: Set<string> = new Set();', undefined, []],
  ['the class itself', "@Ref(() => Thing, { onDelete: 'cascade' }) up?: string;", undefined, []],
  ['keys of parts', '@Ref(() => Pair) pair!: { x: string; y: number };', PAIR, []],
  ['a number for a text', '@Ref(() => Club) club!: number;', undefined, ['5:37 BAD_REFERENCE']],
  ['the typed key of another class', "@Ref(() => Club) club?: Key<'Thing'>;", undefined, ['5:44 BAD_REFERENCE']],
  [
    'typed keys of another class in a list',
    "@Ref(() => Club) clubs: Set<Key<'Thing'>> = new Set();",
    undefined,
    ['5:48 BAD_REFERENCE'],
  ],
  ['a list of lists', '@Ref(() => Club) clubs!: string[][];', undefined, ['5:37 BAD_REFERENCE']],
  ['a part that is missing', '@Ref(() => Pair) pair!: { x: string };', PAIR, ['5:37 BAD_REFERENCE']],
  ['a part of another type', '@Ref(() => Pair) pair!: { x: string; y: string };', PAIR, ['5:37 BAD_REFERENCE']],
  [
    'setAbsent of what must be there',
    "@Ref(() => Club, { onDelete: 'setAbsent' }) c!: string;",
    undefined,
    ['5:64 BAD_REFERENCE'],
  ],
  [
    'setAbsent of a readonly field',
    "@Ref(() => Club, { onDelete: 'setAbsent' }) readonly c?: string;",
    undefined,
    ['5:20 BAD_REFERENCE'],
  ],
  [
    'setAbsent of a part of the id',
    "@Ref(() => Club, { onDelete: 'setAbsent' }) @Id() c!: string;",
    undefined,
    ['5:70 BAD_REFERENCE'],
  ],
  [
    'a class that is no document',
    '@Ref(() => Plain) c!: string;',
    'class Plain { id!: string; }\n',
    ['5:20 BAD_REFERENCE'],
  ],
  ['a name that is nowhere', '@Ref(() => Gone) c!: string;', undefined, ['5:20 BAD_DECORATOR']],
  ['no function', '@Ref(Club) c!: string;', undefined, ['5:20 BAD_DECORATOR']],
  ['no class at all', '@Ref() c!: string;', undefined, ['5:20 BAD_DECORATOR']],
  ['an unknown option', '@Ref(() => Club, { onUpdate: 1 }) c!: string;', undefined, ['5:20 BAD_DECORATOR']],
  ['an unknown act', "@Ref(() => Club, { onDelete: 'drop' }) c!: string;", undefined, ['5:20 BAD_DECORATOR']],
  [
    'a pin with an act',
    "@Ref(() => Club, { pin: true, onDelete: 'cascade' }) c!: string;",
    undefined,
    ['5:20 BAD_DECORATOR'],
  ],
  [
    'a pin on what is never released',
    "@Ref(() => Club, { pin: true }) c!: ReleasedKey<'Club'>;",
    undefined,
    ['5:52 BAD_REFERENCE'],
  ],
  [
    'a pin of another type',
    '@Ref(() => Club, { pin: true }) c!: string;',
    '@Document() @Released() export class Club { @Id() id!: string; }\n',
    ['5:52 BAD_REFERENCE'],
  ],
  [
    'a pin',
    "@Ref(() => Club, { pin: true }) c!: ReleasedKey<'Club'>; @Ref(() => Club, { pin: true }) d: ReleasedKey<'Club'>[] = [];",
    '@Document() @Released() export class Club { @Id() id!: string; }\n',
    [],
  ],
  [
    'disk to memory',
    '@Ref(() => Club) c!: string;',
    "@Document({ storage: 'memory' }) export class Club { @Id() id!: string; }\n",
    ['5:37 BAD_REFERENCE'],
  ],
  ['a getter', '@Ref(() => Club) get c(): string { return this.id; }', undefined, ['5:41 UNKNOWN_FIELD']],
])('reads or refuses %s', async (_, fields, others, expected) => {
  expect(await reports(fields, others)).toEqual(expected);
});

it('refuses a class whose file is not read, and says nothing more of one that is broken', async () => {
  const thing = (hint: string): string => `${HEAD}import { Club } from '../${hint}/club.js';
@Document() export class Thing { @Id() id!: string; @Ref(() => Club) club!: string; }\n`;
  using outside = new TemporaryProject({
    'schemas/thing.ts': thing('other'),
    'other/club.ts': HEAD + CLUB.trimStart(),
  });
  const [found] = (await outside.generate()).diagnostics;
  expect(found).toMatchObject({ code: 'BAD_REFERENCE', message: expect.stringContaining('is not among the schemas') });
  using broken = new TemporaryProject({
    'schemas/thing.ts': thing('schemas'),
    'schemas/club.ts': `${HEAD}@Document() export class Club { @Id() id!: string; bad!: Gone; }\n`,
  });
  expect((await broken.generate()).diagnostics.map(({ code }) => code)).toEqual(['UNKNOWN_TYPE']);
});

it('knows typed keys by what they are, not by how they are called', async () => {
  const source = `import { Document, Id, type Key as Brand, Ref } from '@nuthatch/decorators';
type Key<T> = string & { readonly of?: T };
${CLUB}@Document() export class Thing {
  @Id() id!: string;
  @Ref(() => Club) right?: Brand<'Club'>;
  @Ref(() => Club) wrong?: Brand<'Thing'>;
  @Ref(() => Club) other?: string;
}
`;
  using project = new TemporaryProject({ 'schemas/all.ts': source });
  const { diagnostics } = await project.generate();
  expect(diagnostics.map(({ position, message }) => `${position.line} ${message}`)).toEqual([
    '7 wrong holds keys of Thing, and refers to Club',
  ]);
});

it('gives the field a tag index unless it has one, names finders, and reads defineDocument alike', async () => {
  const source = `${HEAD}${CLUB}
@Document()
@Range(['home', 'day'])
export class Match {
  @Id() id!: string;
  @Ref(() => Club) home!: string;
  @Ref(() => Club, { onDelete: 'cascade' }) @Range() away!: string;
  day!: string;
}
export const City = defineDocument('City', {
  id: field.string().id(),
  club: field.string().optional().ref(() => Club, { onDelete: 'setAbsent' }),
});
`;
  using project = new TemporaryProject({ 'schemas/all.ts': source });
  expect((await project.generate()).diagnostics).toEqual([]);
  const models = Object.values(
    (JSON.parse(project.read('generated/models.json')) as { models: Record<string, { name: string }> }).models,
  );
  expect(models.find(({ name }) => name === 'Match')).toMatchObject({
    indexes: [
      { name: 'away', kind: 'range' },
      { name: 'home', kind: 'tag' },
      { name: 'home_day', kind: 'range' },
    ],
    references: [
      { field: 'home', to: 'club', onDelete: 'restrict' },
      { field: 'away', to: 'club', onDelete: 'cascade' },
    ],
  });
  const club = project.read('generated/club.ts');
  for (const finder of ['homeMatchesOf(key: ClubKey)', 'awayMatchesOf(key: ClubKey)', 'citiesOf(key: ClubKey)'])
    expect(club).toContain(finder);
  project.write('schemas/all.ts', source.replace(", { onDelete: 'cascade' }", ''));
  expect((await project.generate()).modelChanges).toEqual([
    'match: changes the references of away: to club, on delete restrict',
  ]);
  project.write('schemas/all.ts', source.replace('@Ref(() => Club) home', 'home'));
  const { modelChanges, migrations } = await project.generate();
  expect(migrations).toEqual([]);
  expect(modelChanges).toContain('match: checks the references of home no more');
  expect(modelChanges).toContain('match: removes tag index home');
});

it('types what is given and asked by the keys of the other class, and leaves the own id and pins alone', async () => {
  const source = `${HEAD}${PAIR}
@Document() @Released() export class Club { @Id() id!: string; }
@Document() export class Day { @Id() at!: Date; }
@Document()
export class Thing {
  @Id() @Ref(() => Club) id!: string;
  @Ref(() => Club) @Index() club!: string;
  @Ref(() => Club) @Range() next!: string | null;
  @Ref(() => Pair) pair?: { x: string; y: number };
  @Ref(() => Pair) pairs: Set<{ x: string; y: number }> = new Set();
  @Ref(() => Day) day?: Date;
  @Ref(() => Club, { pin: true }) pinned?: ReleasedKey<'Club'>;
}
`;
  using project = new TemporaryProject({ 'schemas/all.ts': source });
  expect((await project.generate()).diagnostics).toEqual([]);
  const thing = project.read('generated/thing.ts');
  for (const line of [
    "readonly id: Thing['id'];",
    "readonly club: KeyLike<'Club', Thing['club']>;",
    "readonly next: KeyLike<'Club', NonNullable<Thing['next']>> | null;",
    "readonly day?: KeyLike<'Day', NonNullable<Thing['day']>> | undefined;",
    "readonly club?: ValueQuery<KeyLike<'Club', Thing['club']>> | ClubWhere;",
    "readonly next?: RangeQuery<KeyLike<'Club', NonNullable<Thing['next']>> | null> | ClubWhere;",
    'readonly pair?: TagQuery<PairKey> | PairWhere;',
    'readonly pairs?: TagQuery<PairKey> | PairWhere;',
    "readonly day?: TagQuery<KeyLike<'Day', NonNullable<Thing['day']>>> | DayWhere;",
    "findByClub(value: KeyLike<'Club', Thing['club']>)",
  ])
    expect(thing).toContain(line);
  expect(thing).not.toContain('readonly pinned?: TagQuery');
});

it('refuses two methods of one name', async () => {
  const source = `${HEAD}${CLUB}
@Document() export class Bus { @Id() id!: string; @Ref(() => Club) club!: string; }
@Document() export class Buses { @Id() id!: string; @Ref(() => Club) club!: string; }
`;
  using project = new TemporaryProject({ 'schemas/all.ts': source });
  const { diagnostics } = await project.generate();
  expect(new Set(diagnostics.map(({ code }) => code))).toEqual(new Set(['COLLIDING_NAME']));
});
