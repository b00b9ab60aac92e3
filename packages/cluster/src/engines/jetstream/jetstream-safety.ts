/**
 * Whether a stream may lose what it has acknowledged. JetStream acknowledges by default before anything is on a disk:
 * only three copies, each synced before the acknowledgement, outlive a power cut and a lost server.
 *
 * Whether servers sync is said by their monitoring pages alone.
 */
import { unsafe } from '../../engine/engine-errors.js';

export interface SafetyOptions {
  readonly isUnsafe: boolean;
  /** Monitoring pages of all servers, such as `http://127.0.0.1:8222`. */
  readonly monitoringUrls: readonly string[];
}

interface StreamSettings {
  readonly num_replicas?: number;
  readonly storage?: string;
}

/** @throws DatabaseError `JOURNAL_UNSAFE`. */
export async function requireSafe(
  { isUnsafe, monitoringUrls }: SafetyOptions,
  journal: string,
  { num_replicas: replicas = 1, storage }: StreamSettings,
): Promise<void> {
  if (isUnsafe) return;
  if (storage !== 'file') throw unsafe(journal, 'storage', storage, `the stream is kept in ${String(storage)}`);
  if (replicas < 3) throw unsafe(journal, 'num_replicas', replicas, `the stream has ${replicas} of 3 copies`);
  if (monitoringUrls.length === 0)
    throw unsafe(journal, 'sync_interval', undefined, 'nobody knows whether servers sync: give `monitoringUrls`');
  for (const url of monitoringUrls) {
    const isSynced = await syncsAlways(url);
    if (isSynced) continue;
    throw unsafe(journal, 'sync_interval', isSynced, `the server at ${url} does not have sync_interval: always`);
  }
}

async function syncsAlways(url: string): Promise<boolean> {
  const response = await fetch(new URL('/varz', url), { signal: AbortSignal.timeout(5_000) });
  const { jetstream } = (await response.json()) as {
    readonly jetstream?: { readonly config?: { readonly sync_always?: boolean } };
  };
  return jetstream?.config?.sync_always === true;
}
