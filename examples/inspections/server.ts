/** The server: owns the database, says who may do what, and prints what it is told. */
import { type SyncServer, serve } from '@nuthatch/sync';
import { type NuthatchDatabase, openDatabase } from './generated/index.js';

/** Yours come from a login: a JWT, a session, a table. */
const USERS: Readonly<Record<string, string>> = { 'token-of-ann': 'ann', 'token-of-ben': 'ben' };

export interface InspectionServer {
  readonly db: NuthatchDatabase;
  readonly sync: SyncServer;
  close(): Promise<void>;
}

export async function startServer(directory: string): Promise<InspectionServer> {
  const db = await openDatabase({ directory });
  const sync = await serve(db, {
    port: 0,
    application: 'inspections',
    authenticate: (token) => (USERS[token] === undefined ? undefined : { id: USERS[token] }),
    policy: () => ({
      // Machines are edited, but neither added nor scrapped in the field.
      machine: { read: true, write: ({ kind }) => kind === 'update' },
      // What was failed or passed stays as it is.
      inspection: { read: true, write: ({ kind, before }) => kind !== 'delete' && isOpen(before) },
    }),
  });
  return {
    db,
    sync,
    close: async () => {
      await sync.close();
      await db.close();
    },
  };
}

function isOpen(inspection: object | undefined): boolean {
  return inspection === undefined || (inspection as { readonly result: string }).result === 'open';
}
