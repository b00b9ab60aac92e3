/** Begins page files. */
import type { FileHandle, FileSystem } from '../file-system/file-system.js';
import { fromHex } from './chain.js';
import { PAGE_MAGIC, pageName } from './journal-format.js';
import type { Manifest, PageEntry } from './manifest.js';
import type { StoredModel } from './model-table.js';
import type { PageCodec } from './page-codec.js';
import type { PageCodecs } from './page-codecs.js';
import { encodePageHeader } from './page-header.js';

/** A page just begun. */
export interface CreatedPage {
  readonly handle: FileHandle;
  readonly codec: PageCodec;
  readonly entry: PageEntry;
  readonly byteCount: number;
}

/** Makes a page file with its header, file and name durable. The manifest must name it before it gets a frame. */
export async function createPage(
  fileSystem: FileSystem,
  directory: string,
  manifest: Pick<Manifest, 'uuid' | 'incarnation' | 'epoch'>,
  codecs: PageCodecs,
  page: {
    readonly pageNumber: number;
    readonly firstSeq: number;
    readonly frameId: number;
    readonly chain: Uint8Array;
    readonly models: readonly StoredModel[];
    /** Not before any time in the pages before; default: the machine's clock. */
    readonly createdMs?: number;
  },
): Promise<CreatedPage> {
  const uuid = fromHex(manifest.uuid);
  const codec = await codecs.begin(uuid, page.pageNumber, PAGE_MAGIC, true, page.models);
  const handle = await fileSystem.open(`${directory}/${pageName(page.pageNumber)}`, 'create-exclusive');
  try {
    const { incarnation, epoch } = manifest;
    const { codecId, encryption } = codec;
    const { createdMs = Date.now() } = page;
    const header = encodePageHeader({ ...page, uuid, incarnation, epoch, codecId, encryption, createdMs });
    await handle.write(header, 0);
    await handle.sync();
    await fileSystem.syncDirectory(directory);
    const entry: PageEntry = { number: page.pageNumber, firstSeq: page.firstSeq, codecId };
    return { handle, codec, entry, byteCount: header.length };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
