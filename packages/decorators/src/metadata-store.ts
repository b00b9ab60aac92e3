/**
 * Where decorators write and where the class's record is read from: the only file that touches reflect-metadata.
 *
 * A decorator runs while its class is being made and knows it by another handle in each form: the constructor (legacy)
 * or the metadata object (TC39). Each handle carries a draft; a class's record is merged from the drafts along its
 * chain of base classes, base first.
 */
import 'reflect-metadata';
import { CLASS_METADATA_KEY, type ClassMetadata, VIEW_METADATA_KEY, type ViewMetadata } from '@nuthatch/model';
import type { DeclarationDraft } from './declaration-draft.js';

// Compilers write TC39 metadata only when the symbol exists; Node does not define it yet.
(Symbol as { metadata?: symbol }).metadata ??= Symbol.for('Symbol.metadata');

const DRAFT_KEY = Symbol.for('nuthatch:draft');

/** The draft of a constructor or of a TC39 metadata object, made at first use. */
export function draftOf(handle: object): DeclarationDraft {
  const found = Reflect.getOwnMetadata(DRAFT_KEY, handle) as DeclarationDraft | undefined;
  if (found) return found;
  const draft: DeclarationDraft = { keyFields: [], indexes: [], classIndexes: [], vectors: [] };
  Reflect.defineMetadata(DRAFT_KEY, draft, handle);
  return draft;
}

/** Drafts of a class and its bases, base first. */
export function draftsAlongChain(documentClass: object): readonly DeclarationDraft[] {
  const drafts: DeclarationDraft[] = [];
  for (
    let step: object | null = documentClass;
    step && step !== Function.prototype;
    step = Object.getPrototypeOf(step)
  ) {
    for (const handle of [ownTc39Metadata(step), step]) {
      const draft = handle && (Reflect.getOwnMetadata(DRAFT_KEY, handle) as DeclarationDraft | undefined);
      if (draft) drafts.unshift(draft);
    }
  }
  return drafts;
}

export function writeClassMetadata(documentClass: object, metadata: ClassMetadata): void {
  Reflect.defineMetadata(CLASS_METADATA_KEY, metadata, documentClass);
}

export function writeViewMetadata(viewClass: object, metadata: ViewMetadata): void {
  Reflect.defineMetadata(VIEW_METADATA_KEY, metadata, viewClass);
}

function ownTc39Metadata(documentClass: object): object | undefined {
  const key = (Symbol as unknown as { readonly metadata: symbol }).metadata;
  return Object.hasOwn(documentClass, key) ? (documentClass as Record<symbol, object>)[key] : undefined;
}
