/** Which engine a node in another process is to use. */
import {
  cassandraJournal,
  fileJournal,
  jetstreamJournal,
  postgresJournal,
  type SharedJournal,
} from '../../src/index.js';

export type JournalOrder =
  | { readonly engine: 'files'; readonly directory: string; readonly name: string }
  | { readonly engine: 'postgres'; readonly url: string; readonly name: string }
  | { readonly engine: 'jetstream'; readonly servers: readonly string[]; readonly name: string }
  | {
      readonly engine: 'cassandra';
      readonly client: {
        readonly contactPoints: readonly string[];
        readonly localDataCenter: string;
        readonly protocolOptions: object;
      };
      readonly name: string;
    };

export function journalOf(order: JournalOrder): SharedJournal {
  const { name } = order;
  switch (order.engine) {
    case 'files':
      return fileJournal({ directory: order.directory, unsafe: true });
    case 'postgres':
      return postgresJournal({ connectionString: order.url, name, unsafe: true });
    case 'jetstream':
      return jetstreamJournal({ servers: order.servers, name, unsafe: true });
    case 'cassandra': {
      const { contactPoints, localDataCenter, protocolOptions } = order.client;
      const client = { protocolOptions };
      return cassandraJournal({ contactPoints, localDataCenter, client, name, replicas: 1, unsafe: true });
    }
  }
}
