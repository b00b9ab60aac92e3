/** Reads the file of a blob by docs/journal-format.md, "Blobs", alone: it knows none of our code. */
import { createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

const CHUNK_BYTES = 2 ** 20;
const FRAME_HEADER_BYTES = 96;

/** The bytes of a blob in a directory. @throws Error for anything that is not as the page says. */
export function independentBlob(
  directory: string,
  { hash, size }: { readonly hash: string; readonly size: number },
  keys: Readonly<Record<string, Uint8Array>> = {},
): Buffer {
  const file = readFileSync(join(directory, 'blobs', hash.slice(0, 2), `${hash}-${size}.nut`));
  demand(file.toString('latin1', 4, 8) === 'NUTB', 'magic');
  const headerBytes = file.readUInt32LE(8);
  const header = file.subarray(0, headerBytes);
  demand(crc32(header.subarray(4)) === header.readUInt32LE(0), 'checksum of the header');
  const uuid = header.subarray(16, 32);
  const first = createHash('sha256').update(uuid).digest();
  const mark = header.subarray(72, 88);
  demand(mark.equals(Buffer.from(hash, 'hex').subarray(0, 16)) || mark.equals(first.subarray(0, 16)), 'mark');
  const isEncrypted = header.readUInt32LE(44) === 2;
  const key = isEncrypted ? keyOf(header, uuid, keys) : undefined;
  const overheadBytes = FRAME_HEADER_BYTES + (isEncrypted ? 28 : 0);
  const parts: Buffer[] = [];
  let chain = first.subarray(0, 16);
  for (let index = 0; index * CHUNK_BYTES < size; index++) {
    const bodyBytes = Math.min(CHUNK_BYTES, size - index * CHUNK_BYTES);
    const at = headerBytes + index * (overheadBytes + CHUNK_BYTES);
    const frame = file.subarray(at, at + overheadBytes + bodyBytes);
    demand(crc32(frame.subarray(4), first.readUInt32LE(16)) === frame.readUInt32LE(0), 'checksum of a frame');
    demand(frame.subarray(32, 48).equals(chain), 'previous chain');
    chain = createHash('sha256').update(frame.subarray(32)).digest().subarray(0, 16);
    demand(frame.subarray(16, 32).equals(chain), 'chain');
    demand(Number(frame.readBigUInt64LE(48)) === index + 1, 'frame id');
    const stored = frame.subarray(FRAME_HEADER_BYTES);
    parts.push(key === undefined ? stored : decrypted(stored, frame, key));
  }
  const bytes = Buffer.concat(parts);
  demand(bytes.length === size && createHash('sha256').update(bytes).digest('hex') === hash, 'hash');
  return bytes;
}

/** Behind the fixed header: the key id with its length (doubled: it is a short ASCII text), salt, and a check of the key. */
function keyOf(header: Buffer, uuid: Buffer, keys: Readonly<Record<string, Uint8Array>>): Buffer {
  const idBytes = header[88]! / 2;
  const keyId = header.toString('latin1', 89, 89 + idBytes);
  const salt = header.subarray(89 + idBytes, 89 + idBytes + 32);
  const info = Buffer.concat([Buffer.from('nuthatch page key'), header.subarray(4, 8), uuid, Buffer.alloc(4)]);
  const made = Buffer.from(hkdfSync('sha256', keys[keyId]!, salt, info, 48));
  demand(made.subarray(32).equals(header.subarray(89 + idBytes + 32, 89 + idBytes + 48)), 'key');
  return made.subarray(0, 32);
}

function decrypted(stored: Buffer, frame: Buffer, key: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, stored.subarray(0, 12), { authTagLength: 16 });
  decipher.setAAD(frame.subarray(32, FRAME_HEADER_BYTES));
  decipher.setAuthTag(stored.subarray(-16));
  return Buffer.concat([decipher.update(stored.subarray(12, -16)), decipher.final()]);
}

function demand(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(`the ${what} is not as the page says`);
}
