/**
 * Leads all documents through the migrations, part by part, and takes up the parts that an earlier run has finished.
 *
 * Where only steps of single documents run, a part is some thousand stored documents. A migration that sees the whole
 * database makes all of them one part, of which nothing is noted: it runs in one go or not at all.
 */

import { ByteWriter } from '../codec/byte-writer.js';
import { keptFieldsOf } from '../codec/kept-fields.js';
import type { StoredDocument } from '../journal/stored-document.js';
import { DocumentFinisher } from './finished-documents.js';
import type { MigrateDirection } from './migrate-progress.js';
import type { MigrationChain } from './migration-chain.js';
import type { MigrationParts, ReadPart } from './migration-parts.js';
import type { Selection } from './migration-plan.js';
import { runDown, runUp } from './run-steps.js';
import type { Slices } from './slices.js';
import { type FailedDocument, type StoredStates, WorkingDocuments } from './working-documents.js';

export interface MigrateDocumentsInput {
  readonly stored: readonly StoredDocument[];
  readonly states: StoredStates;
  readonly chain: MigrationChain;
  readonly selection: Selection;
  readonly direction: MigrateDirection;
  /** Where finished parts are noted; undefined: nowhere. */
  readonly parts: MigrationParts | undefined;
  readonly slices: Slices;
  readonly nowMs: number;
}

export interface MigratedDocuments {
  readonly documents: readonly StoredDocument[];
  readonly failures: readonly FailedDocument[];
  /** Stored documents whose result was taken over from an earlier run. */
  readonly resumedCount: number;
}

/** Stored documents of a part when nothing is noted: then it is only as many as are in hand at once. */
const USUAL_PART = 10_000;
/** Documents of each part that are led through again, to see whether what runs now does what ran then. */
const TRIED_AGAIN = 16;

/** Runs, finishes and checks. O(documents). @throws DatabaseError `MIGRATION_FAILED`, `ABORTED`, `DIRECTORY_UNUSABLE`. */
export async function migrateDocuments(input: MigrateDocumentsInput): Promise<MigratedDocuments> {
  const { stored, selection, slices } = input;
  const isWhole = selection.migrations.some(({ database }) => database !== undefined);
  const parts = isWhole ? undefined : input.parts;
  const partSize = isWhole ? Math.max(1, stored.length) : (parts?.documentsPerPart ?? USUAL_PART);
  const { isToToday, definitions, migrations } = selection;
  const finisher = new DocumentFinisher((name) => (isToToday ? definitions.get(name) : undefined), input.nowMs);
  const run = new Run(input, finisher);
  const steps = migrations.length + 1;
  let documents: StoredDocument[] = [];
  let resumedCount = 0;
  slices.begin('migrate', stored.length * steps);
  for (let first = 0; first < stored.length; ) {
    const index = first / partSize;
    const source = stored.slice(first, first + partSize);
    const earlier = await parts?.read(index, source, isToToday ? [...definitions.values()] : []);
    const resumed = earlier && (await run.resume(source, earlier));
    if (resumed === 'other') {
      // Other code ran then: no part of it may stand beside what is made now.
      parts?.cut(0, 'code');
      documents = [];
      resumedCount = 0;
      first = 0;
      continue;
    }
    if (resumed !== undefined) resumedCount += source.length;
    else parts?.cut(index, 'damage');
    const finished = resumed ?? (await run.migrate(source));
    if (resumed === undefined && run.failures.length === 0) await parts?.add(source, finished);
    for (const document of finished) documents.push(document);
    first += source.length;
    slices.reach(first * steps);
  }
  const failures = [...run.failures, ...(await finisher.tryIndexes(documents, slices))];
  return { documents, failures, resumedCount };
}

class Run {
  readonly failures: FailedDocument[] = [];
  readonly #input: MigrateDocumentsInput;
  readonly #finisher: DocumentFinisher;
  readonly #writer = new ByteWriter();

  constructor(input: MigrateDocumentsInput, finisher: DocumentFinisher) {
    this.#input = input;
    this.#finisher = finisher;
  }

  async migrate(
    stored: readonly StoredDocument[],
    failures: FailedDocument[] = this.failures,
  ): Promise<readonly StoredDocument[]> {
    const { chain, selection, slices, nowMs, states, direction } = this.#input;
    const { today, migrations } = selection;
    const working = WorkingDocuments.of(stored, states);
    await (direction === 'up' ? runUp : runDown)({ chain, working, today, migrations, slices, nowMs });
    const finished = await this.#finisher.finish(working, slices);
    for (const failure of working.failures) failures.push(failure);
    return finished;
  }

  /**
   * The documents of a part that was finished before.
   *
   * @returns undefined when one of them does not follow today's rules: the part is to be made again; `other` when some
   *   of its documents, led through again, come to something else.
   */
  async resume(
    stored: readonly StoredDocument[],
    { changed, unchanged }: ReadPart,
  ): Promise<readonly StoredDocument[] | undefined | 'other'> {
    const finished = changed.map((document): StoredDocument => {
      const definition = this.#finisher.definitionFor(this.#input.states.of(document.definition));
      return { ...document, definition };
    });
    if (!(await this.#isSame(stored, [...finished, ...unchanged]))) return 'other';
    for (const document of finished) {
      if (this.#input.slices.step()) await this.#input.slices.pause();
      if (!this.#finisher.isValid(document)) return undefined;
    }
    return [...finished, ...unchanged];
  }

  /** Leads some documents of a part through again. O(part). */
  async #isSame(stored: readonly StoredDocument[], finished: readonly StoredDocument[]): Promise<boolean> {
    const step = Math.max(1, Math.ceil(stored.length / TRIED_AGAIN));
    const tried = stored.filter((_, index) => index % step === 0);
    const failures: FailedDocument[] = [];
    const again = await this.migrate(tried, failures);
    if (failures.length > 0) return false;
    const known = new Map(finished.map((document) => [nameOf(document), document]));
    return again.every((document) => {
      const before = known.get(nameOf(document));
      return before !== undefined && this.#bytesOf(before) === this.#bytesOf(document);
    });
  }

  #bytesOf({ definition, document, revision, expiresAt }: StoredDocument): string {
    this.#writer.reset();
    definition.codec.encode(document as never, this.#writer);
    const bytes = Buffer.from(this.#writer.finish()).toString('latin1');
    const kept = keptFieldsOf(document)?.bytes ?? [];
    return JSON.stringify([bytes, Buffer.from(kept).toString('latin1'), definition.fingerprint, revision, expiresAt]);
  }
}

function nameOf({ definition, key }: StoredDocument): string {
  return `${definition.model.collection}\n${typeof key}${String(key)}`;
}
