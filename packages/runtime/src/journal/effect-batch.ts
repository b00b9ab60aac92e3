import type { DocumentModel } from '@nuthatch/model';
import { documentSizer } from '../document/document-bytes.js';
import type { Effect, PutEffect } from './effect.js';

const sizers = new WeakMap<DocumentModel, (document: object) => number>();

/** Effects that are gathered for one transaction of a snapshot or a tool: bounded by count, and by bytes, as estimated. */
export class EffectBatch {
  readonly #mostCount: number;
  readonly #mostBytes: number;
  #effects: Effect[] = [];
  #bytes = 0;

  constructor(mostCount: number, mostBytes: number) {
    this.#mostCount = mostCount;
    this.#mostBytes = mostBytes;
  }

  /** Adds an effect; answers whether the transaction is to end with it. O(fields that can be large). */
  add(effect: Effect): boolean {
    this.#effects.push(effect);
    if (effect.kind === 'put') this.#bytes += bytesOf(effect);
    return this.#effects.length >= this.#mostCount || this.#bytes >= this.#mostBytes;
  }

  /** Hands over what was gathered and begins again. */
  take(): readonly Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    this.#bytes = 0;
    return effects;
  }
}

function bytesOf({ definition: { model }, document, encoded }: PutEffect): number {
  if (encoded !== undefined) return encoded.end - encoded.start;
  let sizer = sizers.get(model);
  if (sizer === undefined) {
    sizer = documentSizer(model);
    sizers.set(model, sizer);
  }
  // A document that no class defines is held as its bytes.
  const { bytes } = document as { readonly bytes?: unknown };
  return Math.max(sizer(document), bytes instanceof Uint8Array ? bytes.byteLength : 0);
}
