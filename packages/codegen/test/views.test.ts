/** Views: what is read of their classes, and what is refused with its place. Nothing is run, and nothing written then. */
import { TemporaryProject } from './support/temporary-project.js';

const HEAD = `import { Avg, Count, Document, Id, Index, Max, Min, Range, Released, Sum, Tag, Top, View } from '@nuthatch/decorators';
import * as rules from 'class-validator';
@Document() export class Player {
  @Id() id!: string; country!: string; league?: string; @Tag() clubs: string[] = []; goals!: number; cents!: bigint;
  height?: number; born!: Date; ground!: { city: string }; nick: string | null = null; retired = false; raw: Map<string, string> = new Map();
  get label(): string { return this.country; }
  @Range() get size(): number { return this.goals; }
}
`;

/** Reports as `line:column CODE message`; line 1 is the one behind the head. */
async function reports(source: string): Promise<readonly string[]> {
  using project = new TemporaryProject({ 'schemas/player.ts': HEAD + source });
  const { diagnostics, files } = await project.generate();
  expect(files).toEqual([]);
  expect(project.list('generated')).toEqual([]);
  return diagnostics.map(({ code, position, message, hint }) => {
    expect(hint).toMatch(/^[^\n]+$/);
    return `${position.line - 8}:${position.column} ${code} ${message}`;
  });
}

function groups(...lines: readonly string[]): string {
  return `@View(() => Player, { groupBy: 'country' })\nexport class Tally {\n country!: string;\n${lines.join('\n')}\n}\n`;
}

function documents(...lines: readonly string[]): string {
  return `@View(() => Player)\nexport class Row {\n id!: string;\n${lines.join('\n')}\n}\n`;
}

describe('the generator refuses in a view', () => {
  it.each<[string, string, readonly string[]]>([
    ['a count of another type', groups('@Count() n!: string;'), ['4:10 BAD_VIEW n is a count, and a string here']],
    [
      'an average that may be absent',
      groups("@Avg('height') h!: number;"),
      ['4:16 BAD_VIEW no document of a group need have height, so that h may be absent'],
    ],
    [
      'a sum of texts',
      groups("@Sum('country') n!: number;"),
      ['4:17 BAD_VIEW country is a string and cannot be added up'],
    ],
    [
      'a sum of bigints as a number',
      groups("@Sum('cents') n!: number;"),
      ['4:15 BAD_VIEW n is a number, and comes out as a bigint'],
    ],
    [
      'an average of bigints as a bigint',
      groups("@Avg('cents') n!: bigint;"),
      ['4:15 BAD_VIEW n is a bigint, and comes out as a number'],
    ],
    [
      'a least value of another type',
      groups("@Min('born') n!: number;"),
      ['4:14 BAD_VIEW n is a number, and comes out as a date'],
    ],
    [
      'a least value of what has no order',
      groups("@Max('ground') n!: string;"),
      ['4:16 BAD_VIEW ground is an object, which has no order'],
    ],
    [
      'a field that the documents have not',
      groups("@Sum('gaols') n!: number;"),
      ['4:15 BAD_VIEW Player has no field gaols'],
    ],
    ['a getter that no index uses', groups("@Min('label') n!: string;"), ['4:15 BAD_VIEW Player has no field label']],
    [
      'a field that is made of nothing',
      groups('goals!: number;'),
      ['4:1 BAD_VIEW nothing says what goals of a group is made of'],
    ],
    [
      'a group that is counted',
      groups().replace(' country', ' @Count() country'),
      ['3:11 BAD_VIEW country is what the view is grouped by'],
    ],
    [
      'two decorators on one field',
      groups("@Count() @Sum('goals') n!: number;"),
      ['4:10 BAD_VIEW n has two decorators that say what it is made of'],
    ],
    [
      'first documents that are not shown by some fields',
      groups("@Top(3, 'goals') n!: Player[];"),
      ['4:18 BAD_VIEW n lists documents and is an array of an object of class Player'],
    ],
    [
      'first documents with a field of another type',
      groups("@Top(3, 'goals') n!: { id: number }[];"),
      ['4:18 BAD_VIEW id in n is not a field of Player of the same type'],
    ],
    [
      'a count of first documents that is none',
      groups("@Top(0, 'goals') n!: Pick<Player, 'id'>[];"),
      ['4:1 BAD_VIEW @Top needs a whole number of 1 to 1000 and a field, as plain values'],
    ],
    [
      'a rule in the place of the least value',
      groups('@rules.Min(3) n!: number;'),
      [
        '4:1 BAD_VIEW @Min is a rule of class-validator, and rows of a view are not given by anybody',
        '4:15 BAD_VIEW nothing says what n of a group is made of',
      ],
    ],
    [
      'no field for its group',
      "@View(() => Player, { groupBy: ['country', 'size'] })\nexport class Tally {\n country!: string;\n @Count() n!: number;\n}",
      ['2:14 BAD_VIEW the view has no field size, which is what it is grouped by'],
    ],
    [
      'a group by what is no key',
      "@View(() => Player, { groupBy: 'ground' })\nexport class Tally {\n ground!: Player['ground'];\n @Count() n!: number;\n}",
      ['2:14 BAD_VIEW documents cannot be grouped by ground, which is an object'],
    ],
    [
      'a group by a list and another field',
      "@View(() => Player, { groupBy: ['clubs', 'country'] })\nexport class Tally {\n clubs!: string; country!: string;\n @Count() n!: number;\n}",
      [
        '2:14 BAD_VIEW documents cannot be grouped by clubs, which is an array of string',
        '3:2 BAD_VIEW clubs is a string here, and an array of string in Player',
      ],
    ],
    [
      'a group that may be absent',
      "@View(() => Player, { groupBy: 'league' })\nexport class Tally {\n league?: string;\n @Count() n!: number;\n}",
      ['3:2 BAD_VIEW league may be absent, and no row has an absent key'],
    ],
    [
      'an aggregate without groups',
      documents('@Count() n!: number;'),
      ['4:10 BAD_VIEW n is made of a group of documents, and the view has a row for each document'],
    ],
    [
      'no key',
      '@View(() => Player)\nexport class Row {\n country!: string;\n}',
      ['2:14 BAD_VIEW the view has no field id, which is the key of its documents'],
    ],
    [
      'a field of another type or a missing one',
      documents('country!: number; league!: string; extra!: string;'),
      [
        '4:1 BAD_VIEW country is a number here, and a string in Player',
        '4:19 BAD_VIEW league may be absent in Player',
        '4:36 BAD_VIEW Player has no field extra',
      ],
    ],
    [
      'an id, a unique index, an index of a getter',
      documents('@Index() country!: string;', '@Range() get size(): number { return 1; }').replace(' id', ' @Id() id'),
      [
        '3:2 BAD_VIEW @Id stands on a field of a view',
        '4:1 BAD_VIEW @Index stands on a field of a view',
        '5:1 BAD_VIEW @Range stands on a getter of a view',
      ],
    ],
    ['rows that are released', `@Released()\n${documents()}`, ['3:14 BAD_VIEW rows of a view cannot be released']],
    [
      'a view of a view',
      `${groups('@Count() n!: number;')}@View(() => Tally)\nexport class Other {\n country!: string;\n}`,
      ['6:13 BAD_VIEW Tally is a view itself'],
    ],
    [
      'a class that is no document',
      '@View(() => String)\nexport class Row {\n id!: string;\n}',
      ['1:13 BAD_VIEW String is not a document class that is read here'],
    ],
    [
      'a class that has problems of its own',
      '@Document() export class Other { @Id() id!: string; run!: () => void; }\n@View(() => Other)\nexport class Row {\n id!: string;\n}',
      [
        '1:59 UNSUPPORTED_TYPE the type () => void cannot be stored',
        '2:13 BAD_VIEW the class Other is not read: it has problems of its own, or is not among the schemas',
      ],
    ],
    [
      'a class without a function around it',
      '@View(Player as never)\nexport class Row {\n id!: string;\n}',
      ['1:7 BAD_VIEW the class of the documents is not written as a function that names it'],
    ],
    [
      'options that are not written there',
      'const options = {};\n@View(() => Player, options)\nexport class Row {\n id!: string;\n}',
      ['2:21 BAD_VIEW the options of the view are not written as an object'],
    ],
    [
      'an option that there is not',
      '@View(() => Player, { having: 1 } as never)\nexport class Row {\n id!: string;\n}',
      ['1:23 BAD_VIEW a view has no option having'],
    ],
    [
      'conditions on what no condition can ask',
      "@View(() => Player, { where: { label: 'x', or: [{ raw: 1 }, { not: { ground: 1 } }] } as never })\nexport class Row {\n id!: string;\n}",
      [
        '1:32 BAD_VIEW Player has no field label that a view could ask for',
        '1:51 BAD_VIEW raw is a map from string to string, and no condition can ask for that',
        '1:70 BAD_VIEW ground is an object, and no condition can ask for that',
      ],
    ],
    [
      'a class that is not exported',
      '@View(() => Player)\nclass Row {\n id!: string;\n}',
      ['2:7 NOT_EXPORTED the view Row is not exported'],
    ],
    [
      'a name that is taken',
      documents().replace('Player)', "Player, { collection: 'player' })"),
      ['2:14 DUPLICATE_COLLECTION the classes Player and Row both have the collection name player'],
    ],
  ])('%s', async (_what, source, expected) => {
    expect(await reports(source)).toEqual(expected);
  });

  it('aggregates in a document', async () => {
    expect(await reports('@Document() export class Other {\n @Id() id!: string;\n @Count() n!: number;\n}')).toEqual([
      '3:2 BAD_VIEW n is made of other documents, and Other is a document itself',
    ]);
  });
});

it('the generator writes a module for a view, of which models.json knows nothing, and nothing for none', async () => {
  using project = new TemporaryProject({
    'schemas/player.ts':
      HEAD + groups("@Count() @Range() n!: number; @Top(2, 'goals') best!: Pick<Player, 'id' | 'goals'>[];"),
  });
  const { diagnostics, documentCount } = await project.generate();
  expect([diagnostics, documentCount]).toEqual([[], 1]);
  expect(project.list('generated')).toEqual(['index.ts', 'models.json', 'player.ts', 'tally.ts']);
  expect(project.read('generated/models.json')).not.toContain('ally');
  expect(project.read('generated/tally.ts')).toContain("fields: ['id', 'goals'], count: 2, order: 'desc'");
  expect(project.read('generated/index.ts')).toContain('(definitions, options, [], views)');
  project.write('schemas/player.ts', HEAD);
  await project.generate();
  expect(project.list('generated')).toEqual(['index.ts', 'models.json', 'player.ts']);
  expect(project.read('generated/index.ts')).not.toMatch(/view/i);
});
