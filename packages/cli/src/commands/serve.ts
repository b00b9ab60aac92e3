/**
 * `nuthatch serve`: a database for replicas, to try sync with one command. Ends by a signal: connections are closed, then
 * the database.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ServeOptions } from '@nuthatch/sync';
import { EXIT, refusal, UsageError } from '../exit-code.js';
import { CONFIG_FLAG, JSON_FLAG, KEY_FILE_FLAG, STORAGE_FLAGS } from '../flags.js';
import { loadConfig } from '../load-config.js';
import { loadGenerated } from '../load-generated.js';
import type { Output } from '../output.js';
import { Access } from '../serve/access.js';
import { isLoopback } from '../serve/is-loopback.js';
import { httpsOf, listen, listeningRefused, urlOf } from '../serve/listening.js';
import { syncPackage } from '../serve/sync-package.js';
import { tellServed } from '../serve/tell-served.js';
import { addUser, othersMayRead, readTokenFile, type TokenFile } from '../serve/token-file.js';
import { untilStopped } from '../serve/until-stopped.js';
import { thrownText } from '../thrown-text.js';
import type { VerbRegistry } from '../verb.js';
import { type DirectoryArguments, storageOptions } from './directory-arguments.js';

interface ServeArguments extends DirectoryArguments {
  readonly config?: string;
  readonly generated?: string;
  readonly port: string;
  readonly host: string;
  readonly tokens?: string;
  readonly addUser?: string;
  readonly create?: boolean;
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
    .option('--create', 'make the database if there is none in the directory')
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
  // Nothing is made where there is nothing, unless it was asked for: a slip in the path would serve an empty database.
  if (!options.create && !existsSync(directory))
    throw refusal('DIRECTORY_UNUSABLE', `${directory} does not exist; --create makes an empty database there`, {
      directory,
    });
  const newToken = options.addUser === undefined ? undefined : addUser(resolve(root, options.tokens!), options.addUser);
  if (newToken !== undefined && !options.json)
    output.out(`The token of ${options.addUser}, which is shown only now: ${newToken}`);
  const tokens = tokensOf(options, output, root);
  const https = httpsOf(options, root);
  const { serve, openDatabase } = syncPackage(root);
  const code = await loadGenerated(root, config, options.generated, (text) => output.err(text));
  const db = await openDatabase<object, unknown>(
    code.definitions,
    { directory, ...(config.keyValues && { keyValues: config.keyValues }), ...storageOptions(options, root) },
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
      tellServed({ url, directory, db: db.reflect(), tokens, newToken }, options, output, root);
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
