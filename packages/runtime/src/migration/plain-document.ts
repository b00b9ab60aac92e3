/**
 * Documents on their way through migrations: plain objects with every field, those that the model of the moment does
 * not know included.
 */
import type { DocumentModel } from '@nuthatch/model';
import { documentFitter, Misfit } from '../codec/fit-value.js';
import { type PlainFields, withKeptFields } from '../codec/kept-fields.js';
import { isDateValue, isErrorValue } from '../document/brands.js';
import { UnreadableDocument } from '../recovery/unreadable-documents.js';
import type { CollectionMigration } from './migration.js';

/** Makes the newer (or older) whole document of one step, or says why it cannot. */
export type PlainStep = (whole: PlainFields, writtenMs: number) => PlainFields | UnreadableDocument;

/**
 * A step by the user's function, or field by field without one. The result is checked against the model it leads to:
 * types, and that the key is the same. A field that the function leaves out is removed, except fields that neither
 * model knows.
 */
export function plainStep(
  migration: string,
  before: DocumentModel,
  after: DocumentModel,
  change: CollectionMigration['up'] | undefined,
): PlainStep {
  const fit = documentFitter(after, 'fill');
  const strange = strangerFinder(before, after);
  return (whole, writtenMs) => {
    let changed = whole;
    if (change !== undefined) {
      try {
        changed = (change as (document: PlainFields) => object)(whole) as PlainFields;
      } catch (error) {
        return new UnreadableDocument(isErrorValue(error) ? error.message : String(error), migration);
      }
      if (typeof changed !== 'object' || changed === null)
        return new UnreadableDocument(`the result must be a document, found ${String(changed)}`, migration);
      changed = withStrangers(whole, changed, strange);
    }
    const fitted = fit(changed, writtenMs);
    if (fitted instanceof Misfit) return new UnreadableDocument(`${fitted.path} ${fitted.problem}`, migration);
    const result = withKeptFields(fitted.fields, fitted.kept);
    const moved = after.key.fields.find(
      (name) => before.key.fields.includes(name) && !isSameKey(result[name], whole[name]),
    );
    if (moved !== undefined) return new UnreadableDocument(`the key field ${moved} was changed`, migration);
    return result;
  };
}

/** Fields of a document that neither model knows. */
function strangerFinder(before: DocumentModel, after: DocumentModel): (name: string) => boolean {
  const known = new Set([...before.fields, ...after.fields].map(({ name }) => name));
  return (name) => !known.has(name);
}

function withStrangers(whole: PlainFields, changed: PlainFields, isStrange: (name: string) => boolean): PlainFields {
  const left = Object.keys(whole).filter((name) => isStrange(name) && !Object.hasOwn(changed, name));
  if (left.length === 0) return changed;
  return withKeptFields(changed, Object.fromEntries(left.map((name) => [name, whole[name]])));
}

function isSameKey(a: unknown, b: unknown): boolean {
  return a === b || (isDateValue(a) && isDateValue(b) && a.getTime() === b.getTime());
}
