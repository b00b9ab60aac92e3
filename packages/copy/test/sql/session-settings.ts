/** Nothing that a server's user or a driver's owner sets changes a value on its way out or back. */
import type { DocumentModel, FieldType } from '@nuthatch/model';
import { openDatabase as openOf } from '@nuthatch/runtime';
import knexOf, { type Knex } from 'knex';
import { copyTo, loadFrom, mirror, sql, sqlTable } from '../../src/index.js';
import { copiedDefinition } from '../copied-definition.js';
import { everyTypeDefinition, everyTypeDocument } from '../every-type.js';
import type { SqlPlace } from './sql-place.js';

interface Collection {
  insertMany(inputs: readonly object[]): Promise<object[]>;
  insert(input: object): Promise<unknown>;
  delete(key: unknown): Promise<unknown>;
  all(): { all(): Readonly<Record<string, unknown>>[] };
}

type Collections = Readonly<Record<string, Collection>>;

export interface HostileSession {
  /** What it is called in the test's name. */
  readonly name: string;
  /** Run in each connection before it is used. */
  readonly statements?: readonly string[];
  /** Added to the driver's configuration of a connection. */
  readonly connection?: object;
}

export interface ForeignRow {
  readonly ddl: readonly string[];
  readonly table: string;
  readonly types: Readonly<Record<string, FieldType>>;
  readonly values: Readonly<Record<string, unknown>>;
}

const field = (name: string, type: FieldType) => ({ name, type, optional: true, rules: [] });

const foreignModel = (types: ForeignRow['types']): DocumentModel => ({
  name: 'Foreign',
  collection: 'foreign',
  storage: 'disk',
  key: { fields: ['id'] },
  fields: [
    { ...field('id', { kind: 'string' }), optional: false },
    ...Object.entries(types).map(([name, type]) => field(name, type)),
  ],
  computed: [],
  indexes: [],
});

export function describeSessionSettings(
  name: string,
  placeOf: () => SqlPlace,
  sessions: readonly HostileSession[],
  foreign: ForeignRow,
): void {
  describe(`a session of ${name}`, () => {
    const knexOfSession = ({ statements = [], connection = {} }: HostileSession): Knex => {
      const { config } = placeOf();
      const afterCreate = (raw: unknown, done: (error?: unknown) => void): void => {
        const run = (index: number): void => {
          const text = statements[index];
          if (text === undefined) {
            done();
            return;
          }
          (raw as { query(text: string, done: (error: unknown) => void): void }).query(text, (error) =>
            error ? done(error) : run(index + 1),
          );
        };
        run(0);
      };
      return knexOf({
        ...config,
        connection: { ...(config.connection as object), ...connection },
        pool: { min: 0, max: 2, afterCreate },
      });
    };

    it.each(sessions)('$name changes no value of a copy, a mirror or a load', async (session) => {
      const knex = knexOfSession(session);
      const schema = `session${sessions.indexOf(session)}`;
      const model = { ...everyTypeDefinition.model, collection: 'everything' };
      const open = () => openOf<Collections, Collections>([{ ...everyTypeDefinition, model }], { memory: true });
      const [from, to] = [await open(), await open()];
      try {
        await from['everything']!.insertMany(Array.from({ length: 80 }, (_, number) => everyTypeDocument(number)));
        const store = sql(knex, { schema });
        await copyTo(from, store);
        await from['everything']!.delete({ id: everyTypeDocument(3)['id'], part: 3 });
        await from['everything']!.insert(everyTypeDocument(90));
        const report = await copyTo(from, store);
        expect(report.collections[0]).toMatchObject({ count: 80, writtenCount: 1, deletedCount: 1 });
        const following = mirror(from, store);
        await from['everything']!.insert(everyTypeDocument(91));
        await following.caughtUp();
        await following.stop();
        await loadFrom(to, store, { batchRowCount: 30 });
        const byPart = (db: typeof from) =>
          db['everything']!.all()
            .all()
            .sort((left, right) => (left['part'] as number) - (right['part'] as number));
        expect(byPart(to)).toEqual(byPart(from));
      } finally {
        await Promise.all([knex.destroy(), from.close(), to.close()]);
      }
    });

    it('changes no value of a foreign table', async () => {
      const place = placeOf();
      for (const statement of foreign.ddl) await place.query(statement);
      for (const session of [{ name: 'none' }, ...sessions]) {
        const knex = knexOfSession(session);
        const db = await openOf<Collections, Collections>([copiedDefinition(foreignModel(foreign.types))], {
          memory: true,
        });
        try {
          const [schema, table] = foreign.table.split('.') as [string, string];
          await loadFrom(db, sqlTable(knex, { schema, table }), { batchRowCount: 1 });
          const rows = db['foreign']!.all().all();
          expect([session.name, rows.length]).toEqual([session.name, 3]);
          for (const row of rows)
            expect([session.name, { ...row }]).toEqual([session.name, { id: row['id'], ...foreign.values }]);
        } finally {
          await Promise.all([knex.destroy(), db.close()]);
        }
      }
    });
  });
}
