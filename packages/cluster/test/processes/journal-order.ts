/** Which engine a node in another process is to use. */
import { jetstreamJournal, postgresJournal, type SharedJournal } from '../../src/index.js';

export type JournalOrder =
  | { readonly engine: 'postgres'; readonly url: string; readonly name: string }
  | { readonly engine: 'jetstream'; readonly servers: readonly string[]; readonly name: string };

export function journalOf(order: JournalOrder): SharedJournal {
  const { name } = order;
  if (order.engine === 'postgres') return postgresJournal({ connectionString: order.url, name, unsafe: true });
  return jetstreamJournal({ servers: order.servers, name, unsafe: true });
}
