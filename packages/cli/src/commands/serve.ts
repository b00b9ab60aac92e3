/**
 * `nuthatch serve`: a database for replicas, to try sync with one command. Ends by a signal: connections are closed, then
 * the database.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { Server } from 'node:https';
import { relative, resolve } from 'node:path';
import type { Reflection } from '@nuthatch/runtime';
import type { ServeOptions } from '@nuthatch/sync';
import { EXIT, isRefusal, refusal, UsageError } from '../exit-code.js';
import { CONFIG_FLAG, JSON_FLAG, KEY_FILE_FLAG, STORAGE_FLAGS } from '../flags.js';
import { loadConfig } from '../load-config.js';
import { loadGenerated } from '../load-generated.js';
import type { Output } from '../output.js';
import { Access } from '../serve/access.js';
import { isLoopback } from '../serve/is-loopback.js';
import { syncPackage } from '../serve/sync-package.js';
import { addUser, othersMayRead, readTokenFile, type TokenFile } from '../serve/token-file.js';
import { untilStopped } from '../serve/until-stopped.js';
import { thrownText } from '../thrown-text.js';
import type { VerbRegistry } from '../verb.js';
import { counted, type DirectoryArguments, storageOptions } from './directory-arguments.js';

interface ServeArguments extends DirectoryArguments {
  readonly config?: string;
  readonly generated?: string;
  readonly port: string;
  readonly host: string;
  readonly tokens?: string;
  readonly addUser?: string;
  readonly application?: string;
  readonly readOnly?: boolean;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly insecureAnyone?: boolean;
}

const MAX_PORT = 65_535;

export function addServe(registry: VerbRegistry): void {
  const [keyId, compressed] = STORAGE_FLAGS;
  registry.program
    .command('serve [directory]')
    .description('serve a database to replicas until it is stopped (default: `data` of the configuration)')
    .option('--port <number>', 'port to listen on; 0 chooses a free one', '7070')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--tokens <file>', 'users with their tokens, as JSON')
    .option('--add-user <id>', 'first add this user to the file of --tokens, and print a new token')
    .option('--application <name>', 'refuse replicas of other applications')
    .option('--read-only', 'let nobody write')
    .option('--tls-cert <file>', 'certificate in PEM; with --tls-key: serve wss://')
    .option('--tls-key <file>', 'private key of the certificate, in PEM')
    .option('--insecure-anyone', 'let anyone who reaches the port read and write everything, without a token')
    .option('--generated <module>', 'the built generated code (default: looked for)')
    .option(...CONFIG_FLAG)
    .option(...JSON_FLAG)
    .option(...KEY_FILE_FLAG)
    .option(...keyId)
    .option(...compressed)
    .action(registry.runVerb(runServe));
}

async function runServe(
  given: string | undefined,
  options: ServeArguments,
  output: Output,
  root: string,
): Promise<number> {
  const port = portOf(options.port);
  requireAccess(options);
  const config = await loadConfig(root, options.config);
  const named = given ?? config.data;
  if (named === undefined)
    throw new UsageError('directory', 'no database is named: give its directory, or set `data` in the configuration');
  const directory = resolve(root, named);
  const newToken = options.addUser === undefined ? undefined : addUser(resolve(root, options.tokens!), options.addUser);
  if (newToken !== undefined && !options.json)
    output.out(`The token of ${options.addUser}, which is shown only now: ${newToken}`);
  const tokens = tokensOf(options, output, root);
  const https = httpsOf(options, root);
  const { serve, openDatabase } = syncPackage(root);
  const code = await loadGenerated(root, config, options.generated, (text) => output.err(text));
  // Nothing is made where there is nothing: a slip in the path would serve an empty database.
  if (!existsSync(directory)) throw refusal('DIRECTORY_UNUSABLE', `${directory} does not exist`, { directory });
  const db = await openDatabase<object, unknown>(
    code.definitions,
    { directory, ...storageOptions(options, root) },
    code.migrations,
  );
  try {
    const access = new Access(db.reflect(), tokens, options.readOnly === true);
    const { host, application } = options;
    const server = await serve(db, {
      ...access.options,
      ...(application !== undefined && { application }),
      ...(https === undefined ? { port, host } : { server: https as NonNullable<ServeOptions['server']> }),
      onError: (error, peer) => output.err(`${peer}: ${thrownText(error)}`),
    }).catch((error: unknown) => {
      throw listeningRefused(error, host, port);
    });
    try {
      const stopped = untilStopped();
      if (https !== undefined) await listen(https, host, port);
      const address = https?.address() as { readonly port: number } | null | undefined;
      const url = urlOf(https === undefined ? 'ws' : 'wss', host, address?.port ?? server.port ?? port);
      tell({ url, directory, db: db.reflect(), tokens, newToken }, options, output, root);
      await stopped;
    } finally {
      await server.close();
      https?.closeAllConnections();
      https?.close();
    }
  } finally {
    await db.close();
  }
  if (!options.json) output.out('Stopped: connections and database are closed.');
  return EXIT.done;
}

interface Served {
  readonly url: string;
  readonly directory: string;
  readonly db: Reflection;
  readonly tokens: TokenFile | undefined;
  readonly newToken: string | undefined;
}

/** What is served, to whom, and how a replica gets there. With `--json` one line, so that a program can wait for it. */
function tell(served: Served, options: ServeArguments, output: Output, root: string): void {
  const { url, directory, db, tokens, newToken } = served;
  const { application, readOnly = false } = options;
  const collections = db.collections().map(({ name, count }) => [name, count] as const);
  if (options.json) {
    const users = tokens?.users.map(({ id }) => id);
    const result = { url, directory, application, isReadOnly: readOnly, collections: Object.fromEntries(collections) };
    output.out(JSON.stringify({ ...result, users, anyone: tokens === undefined, newToken }));
    return;
  }
  const for_ = application === undefined ? '' : ` for the application ${application}`;
  output.out(`Serving ${relative(root, directory) || directory}${readOnly ? ', read-only,' : ''} at ${url}${for_}`);
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

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= MAX_PORT) return port;
  throw new UsageError('port', `--port must be a whole number from 0 to ${MAX_PORT}, found ${text}`);
}

/** Nobody is let in by default. @throws UsageError. */
function requireAccess(options: ServeArguments): void {
  const { tokens, addUser: added, insecureAnyone, tlsCert, tlsKey, host } = options;
  if (host === '') throw new UsageError('host', '--host must name an address');
  if (added !== undefined && tokens === undefined)
    throw new UsageError('add-user', '--add-user adds to a file of users: name it with --tokens');
  if (tokens !== undefined && insecureAnyone)
    throw new UsageError('insecure-anyone', '--insecure-anyone lets in everybody: give it or --tokens, not both');
  if (tokens === undefined && !insecureAnyone)
    throw new UsageError(
      'tokens',
      'nobody may connect without --tokens <file>: make one with `nuthatch serve --tokens tokens.json --add-user ann`, or let anyone in with --insecure-anyone',
    );
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new UsageError('tls-cert', '--tls-cert and --tls-key are given together');
}

function tokensOf(options: ServeArguments, output: Output, root: string): TokenFile | undefined {
  const { host, tlsCert } = options;
  if (options.tokens === undefined) {
    const who = isLoopback(host) ? 'Every program on this machine' : `EVERYBODY who reaches ${host}`;
    output.err(
      `${who} can read ${options.readOnly ? '' : 'and change '}all documents: --insecure-anyone asks for no token.`,
    );
    return undefined;
  }
  const path = resolve(root, options.tokens);
  const tokens = readTokenFile(path);
  if (othersMayRead(path)) output.err(`${path} can be read by other users of this machine: run chmod 600 on it.`);
  if (!isLoopback(host) && tlsCert === undefined)
    output.err(
      `Tokens and documents cross the network in the clear: ${host} is served without --tls-cert and --tls-key.`,
    );
  return tokens;
}

/** @throws DatabaseError `INVALID_OPTION` for what is no certificate, or not that of the key. */
function httpsOf({ tlsCert, tlsKey }: ServeArguments, root: string): Server | undefined {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  const { createServer } = require('node:https') as typeof import('node:https');
  const [cert, key] = [tlsCert, tlsKey].map((file) => readFileSync(resolve(root, file)));
  try {
    return createServer({ cert: cert!, key: key! });
  } catch (cause) {
    const what = `${tlsCert} is not a certificate with the key of ${tlsKey}: ${(cause as Error).message}`;
    throw refusal('INVALID_OPTION', what, { option: 'tls-cert' }, { cause });
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((done, failed) => {
    server.once('error', (error) => failed(listeningRefused(error, host, port)));
    server.listen(port, host, () => done());
  });
}

/** @returns the error itself when it is not about the address. */
function listeningRefused(error: unknown, host: string, port: number): unknown {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  if (isRefusal(error) || (syscall !== 'listen' && syscall !== 'getaddrinfo')) return error;
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'is in use by another program',
    EACCES: 'may not be listened on by this user',
    EADDRNOTAVAIL: 'is not an address of this machine',
    ENOTFOUND: 'is not an address of this machine',
  };
  const what = `${urlOf('ws', host, port)} ${reasons[code ?? ''] ?? `cannot be listened on (${code})`}`;
  return refusal('ADDRESS_UNUSABLE', what, { host, port, systemCode: code }, { cause: error });
}

function urlOf(scheme: 'ws' | 'wss', host: string, port: number): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
