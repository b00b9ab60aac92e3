/** Documents of a seed into a test's database. */
import { DatabaseError } from '@nuthatch/model';
import { nearestName } from '../definition/unknown-option.js';

interface Inserting {
  insertMany(inputs: Iterable<object>): Promise<unknown>;
}

/**
 * Inserts the documents of each collection in the order given, all in one transaction.
 *
 * @throws DatabaseError `INVALID_OPTION` for an unknown collection; what `insertMany` rejects with. Nothing is there then.
 */
export async function loadDocuments(database: object, seed: Readonly<Record<string, Iterable<object>>>): Promise<void> {
  const db = database as { transaction(work: (tx: Record<string, Inserting>) => void): Promise<void> };
  await db.transaction((tx) => {
    const names = Object.keys(database);
    for (const [name, documents] of Object.entries(seed)) {
      if (!names.includes(name)) {
        const nearest = nearestName(name, names);
        const remedy = nearest === undefined ? `: those are ${names.join(', ')}` : `; did you mean \`${nearest}\``;
        const what = `the seed has documents of \`${name}\`, which is not a collection${remedy}`;
        throw new DatabaseError('INVALID_OPTION', what, { option: 'seed', collection: name });
      }
      if (documents !== undefined) void tx[name]!.insertMany(documents);
    }
  });
}
