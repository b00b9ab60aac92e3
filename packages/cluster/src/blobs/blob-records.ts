/**
 * Which blobs the nodes of a journal share: records beside the documents, in the order of all transactions. So a document
 * that refers to a blob and the removal of that blob come one after the other, and the later one knows of the earlier one.
 * Never change their names: files and frames hold them.
 *
 *   blob/‹hash›         { id, size, putMs }    its parts are in the engine under `id`
 *   blob-upload/‹id›    { size, beganMs }      parts are on their way
 *   blob-gone/‹id›      {}                     parts are to be removed
 *
 *   put:     upload ─▶ parts ─▶ blob (upload goes)          a crash leaves the upload, which is gone a day later
 *   remove:  blob ─▶ gone ─▶ no parts ─▶ nothing            a crash leaves `gone`, which the next node goes on with
 */

export const BLOB_PREFIX = 'blob/';
export const UPLOAD_PREFIX = 'blob-upload/';
export const GONE_PREFIX = 'blob-gone/';

export interface BlobRecord {
  /** Where the parts are; another one for each upload, so that what one node removes is never what another has just put. */
  readonly id: string;
  readonly size: number;
  /** When it was last put, by the clock of that node. */
  readonly putMs: number;
}

export interface UploadRecord {
  readonly size: number;
  readonly beganMs: number;
}

export const blobName = (hash: string): string => `${BLOB_PREFIX}${hash}`;
export const uploadName = (id: string): string => `${UPLOAD_PREFIX}${id}`;
export const goneName = (id: string): string => `${GONE_PREFIX}${id}`;
