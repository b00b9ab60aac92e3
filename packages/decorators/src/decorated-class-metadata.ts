/**
 * The record of a decorated class, merged from its own and its bases' drafts when it is asked for: class decorators
 * above `@Document` and class-validator's own decorators may run after it.
 */
import type {
  ClassMetadata,
  CollectionStorage,
  IndexMetadata,
  KeyGeneration,
  LifetimeModel,
  ReferenceMetadata,
  SearchModel,
  SyncMode,
  ValidationRule,
  VectorModel,
  Violation,
} from '@nuthatch/model';
import { readAsyncRules, readClassValidatorRules, validateWithClassValidator } from './class-validator-adapter.js';
import { draftsAlongChain } from './metadata-store.js';

type DocumentClass = abstract new (...args: never[]) => object;

export class DecoratedClassMetadata implements ClassMetadata {
  readonly #documentClass: DocumentClass;
  readonly #isCollectionNamed: boolean;

  constructor(
    documentClass: DocumentClass,
    readonly name: string,
    readonly collection: string,
    readonly storage: CollectionStorage,
    readonly minReader?: number | undefined,
    isCollectionNamed = true,
    readonly sync?: SyncMode | undefined,
    readonly collections?: readonly string[] | undefined,
  ) {
    this.#documentClass = documentClass;
    this.#isCollectionNamed = isCollectionNamed;
  }

  get keyFields(): readonly string[] {
    return [...new Set(draftsAlongChain(this.#documentClass).flatMap((draft) => draft.keyFields))];
  }

  get generate(): KeyGeneration | undefined {
    return draftsAlongChain(this.#documentClass).findLast((draft) => draft.generate)?.generate;
  }

  /** Indexes of fields, base class first, then composite ones. A field decorated again in a subclass replaces the base's. */
  get indexes(): readonly IndexMetadata[] {
    const drafts = draftsAlongChain(this.#documentClass);
    const all = [...drafts.flatMap((draft) => draft.indexes), ...drafts.flatMap((draft) => draft.classIndexes)];
    return [...new Map(all.map((index) => [`${index.kind} ${index.name}`, index])).values()];
  }

  get expiresField(): string | undefined {
    return draftsAlongChain(this.#documentClass).findLast((draft) => draft.expiresField)?.expiresField;
  }

  get released(): true | undefined {
    return draftsAlongChain(this.#documentClass).some((draft) => draft.released) || undefined;
  }

  get lifetime(): LifetimeModel | undefined {
    return draftsAlongChain(this.#documentClass).findLast((draft) => draft.lifetime)?.lifetime;
  }

  /** A field decorated again in a subclass replaces the base's. */
  get vectors(): readonly VectorModel[] {
    const all = draftsAlongChain(this.#documentClass).flatMap((draft) => draft.vectors);
    return [...new Map(all.map((vector) => [vector.field, vector])).values()];
  }

  /** Those of fields, base class first. A field decorated again in a subclass replaces the base's. */
  get references(): readonly ReferenceMetadata[] {
    const all = draftsAlongChain(this.#documentClass).flatMap((draft) => draft.references ?? []);
    return [...new Map(all.map((reference) => [reference.field, reference])).values()];
  }

  /** A field decorated again, by itself or in a subclass, replaces what was said before. */
  get search(): readonly SearchModel[] | undefined {
    const all = draftsAlongChain(this.#documentClass).flatMap(({ classSearch = [], fieldSearch = [] }) => [
      ...classSearch,
      ...fieldSearch,
    ]);
    return all.length === 0 ? undefined : [...new Map(all.map((searched) => [searched.field, searched])).values()];
  }

  get rules(): Readonly<Record<string, readonly ValidationRule[]>> {
    return readClassValidatorRules(this.#documentClass).known;
  }

  get hasOpaqueRules(): boolean {
    return readClassValidatorRules(this.#documentClass).hasOpaque;
  }

  /** True when `@Document` named the collection; its name was made from the class's otherwise. */
  get isCollectionNamed(): boolean {
    return this.#isCollectionNamed;
  }

  get asyncRules(): readonly string[] {
    return readAsyncRules(this.#documentClass);
  }

  get validate(): ((document: object) => readonly Violation[]) | undefined {
    const { known, hasOpaque } = readClassValidatorRules(this.#documentClass);
    return hasOpaque || Object.keys(known).length > 0 ? validateWithClassValidator : undefined;
  }
}
