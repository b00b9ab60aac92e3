/** Names of tables, tag tables, indexes and columns that would meet in one target; every target keeps them apart. */
import type { DocumentModel, FieldModel, IndexModel } from '@nuthatch/model';
import { openDatabase } from '@nuthatch/runtime';
import { copyTo, type ExternalStore, loadFrom, mirror } from '../src/index.js';
import { copiedDefinition } from './copied-definition.js';

interface Collection {
  insert(input: object): Promise<unknown>;
  delete(key: unknown): Promise<unknown>;
  update(key: unknown, patch: object): Promise<unknown>;
  get(key: unknown): object | undefined;
  readonly size: number;
  all(): { all(): object[] };
}

type Collections = Readonly<Record<string, Collection>>;

const text = { kind: 'string' } as const;

function model(
  collection: string,
  more: Readonly<Record<string, FieldModel['type']>>,
  indexes: readonly IndexModel[] = [],
) {
  const field = (name: string, type: FieldModel['type']): FieldModel => ({ name, type, optional: false, rules: [] });
  const fields = [field('id', text), ...Object.entries(more).map(([name, type]) => field(name, type))];
  const name = `C${collection}`;
  const made: DocumentModel = {
    name,
    collection,
    storage: 'disk',
    key: { fields: ['id'] },
    fields,
    computed: [],
    indexes,
  };
  return made;
}

const list = { kind: 'array', element: text } as const;
const tag = (name: string): IndexModel => ({ name, kind: 'tag', fields: [name] });
const unique = (name: string): IndexModel => ({ name, kind: 'unique', fields: [name] });

/** Each name of a table, an index or a column of these is wanted twice, or is the target's own. */
const MODELS: readonly DocumentModel[] = [
  model('player', { clubs: list, email: text, ctid: text }, [tag('clubs'), unique('email')]),
  model('player_clubs', { tag: text }),
  model('player_clubs_key', { tag: text }, [tag('tag')]),
  model('player_clubs_tag', { email: text }),
  model('player_email_unique', { email: text }),
  model('player_pkey', { email: text }),
  model('user', { team_email: text }, [unique('team_email')]),
  model('user_team', { email: text }, [unique('email')]),
  model('nuthatch_position', { tag: text }, [tag('tag')]),
  model('nuthatch_staging', { rowid: text, oid: text, fts_doc_id: text }),
  model('sqlite_master', { db_row_id: text, xmin: text }),
  model('pg_class', { tableoid: text }),
  // Names that statements give to their tables.
  model('s', { m: text, t: list }, [tag('t')]),
  model('m', { s: text }, [unique('s')]),
];

const VALUES: Readonly<Record<string, unknown>> = { clubs: ['a', 'b'], t: ['x'] };

async function open(models = MODELS) {
  const db = await openDatabase<Collections, Collections>(
    models.map((each) => copiedDefinition(each)),
    { memory: true },
  );
  return db as typeof db & Collections;
}

async function filled() {
  const db = await open();
  for (const { collection, fields } of MODELS)
    for (let number = 0; number < 3; number++) {
      const document = fields.map(({ name }) => [name, VALUES[name] ?? `${collection} ${name} ${number}`]);
      await db[collection]!.insert(Object.fromEntries(document));
    }
  return db;
}

async function expectEqual(db: Collections, store: ExternalStore): Promise<void> {
  const loaded = await open();
  await loadFrom(loaded, store);
  for (const { collection } of MODELS) {
    const sorted = (from: Collections) =>
      from[collection]!.all()
        .all()
        .map((one) => JSON.stringify(one))
        .sort();
    expect([collection, ...sorted(loaded)]).toEqual([collection, ...sorted(db)]);
  }
  await loaded.close();
}

/** @param newStore a store over an empty place. */
export function describeNamesInATarget(name: string, newStore: () => Promise<ExternalStore>): void {
  describe(`names in ${name}`, () => {
    it('are told apart whichever collections are copied, in whatever order', async () => {
      const db = await filled();
      const store = await newStore();
      await copyTo(db, store);
      await expectEqual(db, store);
      for (const { collection } of MODELS) {
        await db[collection]!.delete(`${collection} id 1`);
        const report = await copyTo(db, store, { collections: [collection] });
        expect(report.collections[0]).toMatchObject({ count: 2, deletedCount: 1 });
      }
      await expectEqual(db, store);
      const other = await newStore();
      for (const { collection } of [...MODELS].reverse()) await copyTo(db, other, { collections: [collection] });
      await expectEqual(db, other);
      await db.close();
    });

    it('are the same for a mirror of one collection', async () => {
      const db = await filled();
      const store = await newStore();
      await copyTo(db, store);
      const following = mirror(db, store, { collections: ['player'] });
      await db['player']!.update('player id 0', { clubs: ['c'] });
      await db['player']!.delete('player id 1');
      await following.caughtUp();
      await following.stop();
      await expectEqual(db, store);
      await db.close();
    });

    it('of a table that another database filled are refused, and nothing of it changes', async () => {
      const db = await filled();
      const store = await newStore();
      const [players, clubs] = [MODELS[0]!, MODELS[1]!];
      const first = await open([clubs]);
      await first['player_clubs']!.insert({ id: 'theirs', tag: 'x' });
      await copyTo(first, store);
      // Without the collection player_clubs in its model, the tags of player want that very name.
      const second = await open([players]);
      await second['player']!.insert({ id: 'p', clubs: ['a'], email: 'e', ctid: 'c' });
      for (const existing of ['refuse', 'replace'] as const)
        await expect(copyTo(second, store, { existing })).rejects.toMatchObject({
          code: 'COPY_TARGET_MISMATCH',
          facts: { differences: [expect.objectContaining({ table: 'player_clubs', kind: 'owner' })] },
        });
      await loadFrom(db, store, { collections: ['player_clubs'] });
      expect(db['player_clubs']!.get('theirs')).toMatchObject({ tag: 'x' });
      for (const each of [db, first, second]) await each.close();
    });
  });
}
