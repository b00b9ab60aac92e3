/** Where `nuthatch serve` listens: over TLS or without, and why that was refused. */
import { readFileSync } from 'node:fs';
import type { Server } from 'node:https';
import { resolve } from 'node:path';
import { isRefusal, refusal } from '../exit-code.js';

/** Files in PEM; both or none. */
export interface TlsFiles {
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/** @throws DatabaseError `INVALID_OPTION` for what is no certificate, or not that of the key. */
export function httpsOf({ tlsCert, tlsKey }: TlsFiles, root: string): Server | undefined {
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

/** Rejects with `ADDRESS_UNUSABLE`. */
export async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((done, failed) => {
    server.once('error', (error) => failed(listeningRefused(error, host, port)));
    server.listen(port, host, () => done());
  });
}

/** @returns the error itself when it is not about the address. */
export function listeningRefused(error: unknown, host: string, port: number): unknown {
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

/** The address of a sync server, as a replica is given it. */
export function urlOf(scheme: 'ws' | 'wss', host: string, port: number): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
