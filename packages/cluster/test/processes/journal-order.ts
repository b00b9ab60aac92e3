/** Which engine a node in another process is to use. */
import { postgresJournal, type SharedJournal } from '../../src/index.js';

export type JournalOrder = { readonly engine: 'postgres'; readonly url: string; readonly name: string };

export function journalOf({ url, name }: JournalOrder): SharedJournal {
  return postgresJournal({ connectionString: url, name, unsafe: true });
}
