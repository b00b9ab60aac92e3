import { relative } from 'node:path';
import type { Reflection } from '@nuthatch/runtime';
import { counted } from '../commands/directory-arguments.js';
import type { Output } from '../output.js';
import type { TokenFile } from './token-file.js';

/** A database that is being served. */
export interface Served {
  readonly url: string;
  readonly directory: string;
  readonly db: Reflection;
  readonly tokens: TokenFile | undefined;
  readonly newToken: string | undefined;
}

/** The part of the command line that is told again. */
interface ToldOptions {
  readonly application?: string;
  readonly readOnly?: boolean;
  readonly json?: boolean;
}

/** What is served, to whom, and how a replica gets there. With `--json` one line, so that a program can wait for it. */
export function tellServed(served: Served, options: ToldOptions, output: Output, root: string): void {
  const { url, directory, db, tokens, newToken } = served;
  const { application, readOnly = false } = options;
  const collections = db.collections().map(({ name, count }) => [name, count] as const);
  if (options.json) {
    const users = tokens?.users.map(({ id }) => id);
    const result = { url, directory, application, isReadOnly: readOnly, collections: Object.fromEntries(collections) };
    output.out(JSON.stringify({ ...result, users, anyone: tokens === undefined, newToken }));
    return;
  }
  const ofApplication = application === undefined ? '' : ` for the application ${application}`;
  output.out(
    `Serving ${relative(root, directory) || directory}${readOnly ? ', read-only,' : ''} at ${url}${ofApplication}`,
  );
  for (const [name, count] of collections) output.out(`  ${name}: ${counted(count, 'document')}`);
  const users = tokens?.users.map(({ id, collections: some }) =>
    some === undefined ? id : `${id} (${Object.keys(some).join(', ') || 'nothing'})`,
  );
  output.out(`Users: ${users === undefined ? 'anyone, with any token or none' : users.join(', ') || 'nobody'}`);
  const first = collections[0]?.[0] ?? 'player';
  const members = [`url: '${url}'`, ...(tokens === undefined ? [] : ["token: '…'"])];
  if (application !== undefined) members.push(`application: ${JSON.stringify(application)}`);
  output.out('Connect with the generated code:');
  output.out(`  await openReplica({ ${members.join(', ')}, directory: './replica', subscribe: { ${first}: true } })`);
  output.out('Stop with Ctrl-C.');
}
