/**
 * The part of the tar format (POSIX.1-1988 ustar) that a streamed backup needs: plain files, no folders.
 *
 *   archive := (header contents padding)* zeros     header 512 bytes, padding up to a multiple of 512, zeros 1024 bytes
 *
 * Sizes from 8 GiB on are written as tar programs do: the top bit of the field set, then a binary number.
 */
export const TAR_BLOCK_BYTES = 512;

const NAME = { offset: 0, length: 100 };
const SIZE = { offset: 124, length: 12 };
const CHECKSUM = { offset: 148, length: 8 };
const LARGEST_OCTAL_SIZE = 8 ** 11 - 1;

/** The facts in a header about the file after it. */
export interface TarEntry {
  readonly name: string;
  readonly byteCount: number;
}

/** A file's header. The name is ASCII, of at most 100 letters. */
export function encodeTarHeader({ name, byteCount }: TarEntry, timeMs: number): Uint8Array {
  const header = Buffer.alloc(TAR_BLOCK_BYTES);
  header.write(name, NAME.offset, 'latin1');
  header.write('0000600\0', 100, 'latin1');
  header.write('0000000\0', 108, 'latin1');
  header.write('0000000\0', 116, 'latin1');
  if (byteCount <= LARGEST_OCTAL_SIZE) header.write(octal(byteCount, 11), SIZE.offset, 'latin1');
  else {
    header[SIZE.offset] = 0x80;
    header.writeBigUInt64BE(BigInt(byteCount), SIZE.offset + 4);
  }
  header.write(octal(Math.floor(timeMs / 1000), 11), 136, 'latin1');
  header.write('0', 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  header.write(`${octal(checksumOf(header), 6)}\0 `, CHECKSUM.offset, 'latin1');
  return header;
}

/** Reads a header; undefined for the zeros of the end, a text for anything that is not a header of a plain file. */
export function decodeTarHeader(block: Uint8Array): TarEntry | string | undefined {
  const header = Buffer.from(block.buffer, block.byteOffset, TAR_BLOCK_BYTES);
  if (header.every((byte) => byte === 0)) return undefined;
  const checksum = Number.parseInt(header.toString('latin1', CHECKSUM.offset, CHECKSUM.offset + 6), 8);
  if (checksum !== checksumOf(header)) return 'bytes that are not the header of a tar archive';
  const type = header[156];
  if (type !== 0 && type !== 0x30) return 'an entry that is not a regular file';
  const end = header.indexOf(0);
  const name = header.toString('latin1', 0, end < 0 || end > NAME.length ? NAME.length : end);
  const isBinary = (header[SIZE.offset]! & 0x80) !== 0;
  const byteCount = isBinary
    ? Number(header.readBigUInt64BE(SIZE.offset + 4))
    : Number.parseInt(header.toString('latin1', SIZE.offset, SIZE.offset + 11), 8);
  return Number.isSafeInteger(byteCount) && byteCount >= 0 ? { name, byteCount } : 'an entry without a size';
}

/** Bytes from the end of a file's contents to the next header. */
export function tarPadding(byteCount: number): number {
  return (TAR_BLOCK_BYTES - (byteCount % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES;
}

/** Sum of all bytes, those of the checksum itself taken for spaces. */
function checksumOf(header: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < TAR_BLOCK_BYTES; index++) {
    const isChecksum = index >= CHECKSUM.offset && index < CHECKSUM.offset + CHECKSUM.length;
    sum += isChecksum ? 0x20 : header[index]!;
  }
  return sum;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}
