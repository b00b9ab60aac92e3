/** A class with releases and files, and what its documents refer to: shared by a process to be killed and its judge. */
import type { BlobRef } from '@nuthatch/model';
import type { DatabaseOptions } from '../../src/database/database-options.js';
import { PHOTOS } from './photo-models.js';

export const RELEASED_PHOTOS = { ...PHOTOS, released: true } as const;

/** As the generated repository of such a class. */
export interface ReleasedPhotos {
  readonly size: number;
  get(id: string): { readonly photo?: BlobRef } | undefined;
  insert(input: object): Promise<unknown>;
  update(id: string, patch: object): Promise<unknown>;
  delete(id: string): Promise<unknown>;
  release(id: string): Promise<unknown>;
  revise(id: string): Promise<unknown>;
  isReleased(id: string): boolean;
  history(id: string): readonly { readonly digest: string; readonly document: { readonly photo?: BlobRef } }[];
}

/** Every fourth has more than one chunk. */
export function photoOf(number: number): Buffer {
  return Buffer.alloc(number % 4 === 1 ? 1_100_000 : 5_000, `photo ${number} `);
}

const KEYS: Readonly<Record<string, Uint8Array>> = {
  odd: new Uint8Array(32).fill(1),
  even: new Uint8Array(32).fill(2),
};

/** Each life encrypts with the other key: compaction then writes the blobs anew. */
export function releasedOptions(directory: string, life: number): Partial<DatabaseOptions> {
  const encryption = { keyId: life % 2 === 1 ? 'odd' : 'even', key: (id: string) => KEYS[id] };
  return { directory, encryption, durability: 'os', compaction: 'manual', blobGraceMs: 0 };
}
