import { randomBytes } from 'node:crypto';
import type { SyncPort } from '@nuthatch/runtime/sync';

const RECORD = 'server/key';
const KEY_BYTES = 32;

/**
 * The server's own key, made once and kept with the database: so that grants can also be distinguished after a restart.
 */
export async function serverKey(port: SyncPort): Promise<Uint8Array> {
  const known = port.record(RECORD);
  if (known instanceof Uint8Array && known.length === KEY_BYTES) return known;
  const key = Uint8Array.from(randomBytes(KEY_BYTES));
  await port.replicate((sync) => sync.setRecord(RECORD, key));
  return key;
}
