import { type PolicyOf, type SyncServer, serve } from '@nuthatch/sync';
import type { NuthatchDatabase } from '../generated/index.js';
import { APPLICATION, TOKEN } from './settings.js';

/** Serves the tasks of an open database to clients, on the loopback address. */
export function serveTasks(db: NuthatchDatabase, port: number): Promise<SyncServer> {
  return serve(db, {
    port,
    application: APPLICATION,
    authenticate: (token) => (token === TOKEN ? { id: 'developer' } : undefined),
    // What a user may read and write. Nobody may what is not said here.
    policy: (): PolicyOf<NuthatchDatabase> => ({ task: { read: true, write: ({ kind }) => kind !== 'delete' } }),
    onError: (error) => console.error(error),
  });
}
