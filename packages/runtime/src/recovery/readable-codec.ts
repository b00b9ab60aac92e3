/** The codec a file is read with, and what is to be done when there is none. */
import { DatabaseError } from '@nuthatch/model';
import { PAGE_CODEC, PAGE_MAGIC } from '../journal/journal-format.js';
import { JsonCodec, type PageCodec, PLAIN_CODEC, StoringCodec } from '../journal/page-codec.js';
import type { PageCodecs } from '../journal/page-codecs.js';
import type { PageHeader } from '../journal/page-header.js';

/**
 * The codec of a page or snapshot with this header.
 *
 * @returns undefined when its key is not there and `mayLackKeys`.
 * @throws DatabaseError `ENCRYPTION_KEY_REQUIRED`, `ENCRYPTION_KEY_WRONG`.
 */
export async function readableCodec(
  input: { readonly codecs: PageCodecs; readonly mayLackKeys?: boolean | undefined },
  header: PageHeader,
  file: string,
  magic: number = PAGE_MAGIC,
): Promise<PageCodec | undefined> {
  try {
    return await input.codecs.codecOf(header, file, magic);
  } catch (error) {
    if (input.mayLackKeys === true && DatabaseError.is(error, 'ENCRYPTION_KEY_REQUIRED')) return undefined;
    throw error;
  }
}

/** For salvage of a page whose header is lost: what its key is made of is lost with it. */
export function codecWithoutHeader(codecId: number): PageCodec | undefined {
  if (codecId === PAGE_CODEC.plain) return PLAIN_CODEC;
  if (codecId === PAGE_CODEC.json) return new JsonCodec();
  return codecId === PAGE_CODEC.compressed ? new StoringCodec(codecId) : undefined;
}
