/**
 * The connection to NATS that a URL says:
 *
 *   nats://user:password@host1:4222,host2:4222?monitoring=http://host1:8222,http://host2:8222&tls=true&replicas=3
 *
 * In the place of user and password a token may stand, or `?credentials=file`, made by `nsc`. User, password and token are
 * percent-encoded. `tls=true` trusts the certificates that Node trusts.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { JetStreamJournalOptions } from '@nuthatch/cluster';
import type { DatabaseError } from '@nuthatch/model/errors';
import { fileError, refusal } from '../exit-code.js';
import { decodedPart } from '../url-part.js';

/** The part of the driver that the command uses. */
export interface NatsModule {
  credsAuthenticator(text: Uint8Array): unknown;
}

export type NatsPlace = Pick<JetStreamJournalOptions, 'servers' | 'connection' | 'monitoringUrls' | 'replicas'>;

const FORM = /^(?:nats|tls):\/\/(?:([^:@/]+)(?::([^@/]*))?@)?([^/?@]+)\/?(?:\?(.*))?$/;
const KNOWN = ['monitoring', 'tls', 'replicas', 'credentials'];

/**
 * @param driver gives the driver, when it is needed.
 * @throws DatabaseError `INVALID_OPTION`; it names the variable that holds the URL, never the URL. `FILE_UNUSABLE`.
 */
export function natsPlace(url: string, urlEnv: string, driver: () => NatsModule, root: string): NatsPlace {
  const match = FORM.exec(url);
  if (match === null || /\s/.test(url)) throw refused(urlEnv);
  const [, user, password, hosts = '', query] = match;
  const wishes = new URLSearchParams(query);
  const names = [...wishes.keys()];
  const isOdd = new Set(names).size < names.length || names.some((name) => !KNOWN.includes(name));
  const servers = hosts.split(',');
  if (isOdd || !servers.every((server) => /^(\[[^\]]+\]|[^:]+)(:\d+)?$/.test(server))) throw refused(urlEnv);
  if (![null, 'true', 'false'].includes(wishes.get('tls'))) throw refused(urlEnv);
  const replicas = wishes.get('replicas');
  if (replicas !== null && !/^[1-5]$/.test(replicas)) throw refused(urlEnv);
  const monitoring = wishes.get('monitoring')?.split(',');
  if (monitoring?.some((page) => !/^https?:\/\/\S+$/.test(page))) throw refused(urlEnv);
  const credentials = wishes.get('credentials');
  if (credentials === '' || (credentials !== null && user !== undefined)) throw refused(urlEnv);
  const hasTls = url.startsWith('tls:') || wishes.get('tls') === 'true';
  return {
    servers,
    connection: {
      ...rightsOf(user, password, urlEnv),
      ...(hasTls && { tls: {} }),
      ...(credentials !== null && {
        authenticator: driver().credsAuthenticator(credentialsIn(resolve(root, credentials))),
      }),
    },
    ...(monitoring !== undefined && { monitoringUrls: monitoring }),
    ...(replicas !== null && { replicas: Number(replicas) }),
  };
}

function rightsOf(user: string | undefined, password: string | undefined, urlEnv: string): object {
  if (user === undefined) return {};
  if (password === undefined) return { token: decoded(user, urlEnv) };
  return { user: decoded(user, urlEnv), pass: decoded(password, urlEnv) };
}

function credentialsIn(file: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    throw fileError(error as NodeJS.ErrnoException);
  }
}

function decoded(text: string, urlEnv: string): string {
  return decodedPart(text, () => refused(urlEnv));
}

function refused(urlEnv: string): DatabaseError {
  const form = 'nats://user:password@host1:4222,host2:4222?monitoring=http://host1:8222,http://host2:8222&tls=true';
  const what = `${urlEnv} does not hold ${form} (also tls://, a token, credentials, replicas; all but a host may be left out)`;
  return refusal('INVALID_OPTION', what, { option: 'url-env' });
}
