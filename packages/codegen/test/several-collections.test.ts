/** `@Document({ collections: [...] })`: one class, a repository for each of its collections. */
import { MemoryFileSystem } from '@nuthatch/runtime';
import { compile } from './support/compile.js';
import { TemporaryProject } from './support/temporary-project.js';

type Repository = Readonly<Record<string, (...args: readonly unknown[]) => Promise<object>>>;
type Collections = Readonly<Record<string, Repository>>;
type Opened = Collections & {
  transaction(work: (tx: Collections) => unknown): Promise<unknown>;
  close(): Promise<void>;
};
interface Generated {
  readonly openDatabase: (options: object) => Promise<Opened>;
}

const ARTICLE = `import { Document, Id, Index, Tag, type Key } from '@nuthatch/decorators';
@Document({ collections: ['draft', 'published', 'archived'] })
export class Article {
  @Id() readonly id!: Key<'Article'>;
  @Index() slug!: string;
  @Tag() topics: string[] = [];
  text!: string;
}
`;
const DEFINED = `import { defineDocument, field } from '@nuthatch/decorators';
export const Note = defineDocument('Note', { id: field.string().id() }, { collections: ['mine', 'theirs'] });
`;
const MAIN = `import { articleKey, type Article, type ArticleInput, openDatabase } from './generated/index.js';
export { openDatabase } from './generated/index.js';

export async function publish(id: string): Promise<void> {
  await using db = await openDatabase({ memory: true });
  const input: ArticleInput = { id: articleKey(id), slug: id, text: 'x' };
  await db.draft.insert(input);
  await db.transaction((tx) => {
    tx.published.upsert(tx.draft.require(articleKey(id)));
    tx.draft.delete(articleKey(id));
  });
  const found = db.published.findBySlug(id);
  const text: Article['text'] | undefined = found?.text;
  await db.mine.insert({ id: 'n' });
  // @ts-expect-error there is no collection of the class's own name
  db.article;
  // @ts-expect-error another class
  await db.theirs.insert({ id: 'n', slug: 'a' }).catch(() => undefined);
  if (text !== 'x' || db.draft.size + db.archived.size !== 0) throw new Error('not moved');
}
`;

const project = (files: Readonly<Record<string, string>> = {}) =>
  new TemporaryProject(
    { 'schemas/article.ts': ARTICLE, 'schemas/note.ts': DEFINED, 'main.ts': MAIN, ...files },
    { hasDependencies: true },
  );

it('gives each collection its repository, with the types of the class', async () => {
  using made = project();
  const { diagnostics } = await made.generate();
  expect(diagnostics).toEqual([]);
  expect(made.list('generated')).toEqual(['article.ts', 'index.ts', 'models.json', 'note.ts']);
  expect(compile(made, { strict: true })).toEqual([]);
  const { publish } = made.load<{ publish(id: string): Promise<void> }>('main.ts');
  await publish('a');
});

it('keeps collections apart: keys, unique values, journal, migrations', async () => {
  const place = { directory: '/db', fileSystem: new MemoryFileSystem() };
  using made = project();
  await made.generate();
  const db = await made.load<Generated>('main.ts').openDatabase(place);
  const article = (id: string, text: string): object => ({ id, slug: id, text });
  await db['draft']!['insert']!(article('a', 'draft'));
  await db['published']!['insert']!(article('a', 'published'));
  await expect(db['published']!['insert']!({ id: 'b', slug: 'a', text: '' })).rejects.toMatchObject({
    code: 'DUPLICATE_KEY',
    facts: { collection: 'published' },
  });
  await db.close();

  using next = project({
    'schemas/article.ts': ARTICLE.replace('  text!: string;', '  body!: string;'),
    'generated/models.json': made.read('generated/models.json'),
  });
  const result = await next.generate({ renames: ['draft.text:body', 'published.text:body', 'archived.text:body'] });
  expect(result.diagnostics).toEqual([]);
  expect(result.modelChanges.filter((line) => line.includes('renames text to body'))).toHaveLength(3);
  expect(next.list('schemas/migrations')).toHaveLength(3);
  const again = await next.load<Generated>('main.ts').openDatabase(place);
  expect(again['draft']!['get']!('a')).toMatchObject({ body: 'draft' });
  expect(again['published']!['get']!('a')).toMatchObject({ body: 'published' });
  await again.close();
});

it('renames collections of one class, each by its own name', async () => {
  const place = { directory: '/db', fileSystem: new MemoryFileSystem() };
  using made = project();
  await made.generate();
  const db = await made.load<Generated>('main.ts').openDatabase(place);
  for (const name of ['draft', 'published', 'archived'])
    await db[name]!['insert']!({ id: 'a', slug: name, text: name });
  await db.close();

  const renamed = () =>
    project({
      'schemas/article.ts': ARTICLE.replace("'draft', 'published', 'archived'", "'sketch', 'live', 'archived'"),
      'generated/models.json': made.read('generated/models.json'),
      'main.ts': made.read('main.ts').replaceAll('draft', 'sketch').replaceAll('published', 'live'),
    });
  using unanswered = renamed();
  const { possibleRenames } = await unanswered.generate();
  expect(possibleRenames.map(({ from, to, fromCollection }) => [from, to, fromCollection])).toEqual([
    ['draft', 'sketch', 'draft'],
    ['published', 'live', 'published'],
  ]);
  using next = renamed();
  const result = await next.generate({ confirmRename: () => true });
  expect(result.diagnostics).toEqual([]);
  const again = await next.load<Generated>('main.ts').openDatabase(place);
  expect(again['sketch']!['get']!('a')).toMatchObject({ slug: 'draft' });
  expect(again['live']!['get']!('a')).toMatchObject({ slug: 'published' });
  expect(again['archived']!['get']!('a')).toMatchObject({ slug: 'archived' });
  await again.close();
});

it('refuses to open with code of before the class got one more', async () => {
  using made = project();
  await made.generate();
  made.write('schemas/article.ts', ARTICLE.replace("'archived'", "'archived', 'withdrawn'"));
  const { openDatabase } = made.load<Generated>('main.ts');
  await expect(openDatabase({ memory: true })).rejects.toMatchObject({
    code: 'MODEL_MISMATCH',
    facts: { collection: 'withdrawn' },
  });
  using other = project();
  await other.generate();
  other.write('schemas/article.ts', ARTICLE.replace(", 'archived'", ''));
  await expect(other.load<Generated>('main.ts').openDatabase({ memory: true })).rejects.toMatchObject({
    code: 'MODEL_MISMATCH',
  });
});

it.each<[string, string, string]>([
  ['no names', 'collections: []', 'BAD_DECORATOR'],
  ['a name twice', "collections: ['a', 'a']", 'BAD_DECORATOR'],
  ['what is no name', "collections: ['a', 5]", 'BAD_DECORATOR'],
  ['one name beside several', "collection: 'a', collections: ['b']", 'BAD_DECORATOR'],
  ['a name that differs in case alone', "collections: ['a', 'A']", 'DUPLICATE_COLLECTION'],
  ['a name of another class', "collections: ['a', 'mine']", 'DUPLICATE_COLLECTION'],
  ['a member of the database', "collections: ['a', 'transaction']", 'BAD_COLLECTION_NAME'],
  ['a name with a blank', "collections: ['a', 'b c']", 'BAD_COLLECTION_NAME'],
])('refuses %s, with file and line', async (_, options, code) => {
  using made = project({
    'schemas/article.ts': ARTICLE.replace("collections: ['draft', 'published', 'archived']", options),
  });
  const { diagnostics, files } = await made.generate();
  expect(diagnostics.map((each) => each.code)).toEqual([code]);
  expect(diagnostics[0]!.position).toMatchObject({ file: `${made.folder}/schemas/article.ts` });
  expect(files).toEqual([]);
});

it('refuses references from and to such a class: nothing says which collection is meant', async () => {
  using made = project({
    'schemas/comment.ts': `import { Document, Id, Ref } from '@nuthatch/decorators';
import { Article } from './article.js';
@Document() export class Comment { @Id() id!: string; @Ref(() => Article) article!: string; }
@Document() export class Author { @Id() id!: string; }
@Document({ collections: ['one', 'two'] }) export class Book { @Id() id!: string; @Ref(() => Author) author!: string; }
`,
  });
  const { diagnostics } = await made.generate();
  expect(diagnostics.map(({ code, position }) => `${position.line} ${code}`)).toEqual([
    '3 BAD_REFERENCE',
    '5 BAD_REFERENCE',
  ]);
});
