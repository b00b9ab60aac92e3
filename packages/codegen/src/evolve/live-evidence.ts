/**
 * The evidence of stored documents for a rename: whether the values of the old field could be values of the new one.
 */
import type { DocumentModel, RuleArgument, ValidationRule } from '@nuthatch/model';

/** The contents of a collection, as far as they were looked at. */
export interface LiveCollection {
  readonly documentCount: number;
  /** Some of its documents, plain. */
  readonly samples: readonly object[];
}

/**
 * Share (0 to 1) of the sampled values of field `from` that the field `to` would take: by its simple rules, and by
 * being one of a kind where its index asks for it. Undefined when no sample has a value. O(samples).
 */
export function liveFit(
  { samples }: LiveCollection,
  after: DocumentModel,
  from: string,
  to: string,
): number | undefined {
  const field = after.fields.find(({ name }) => name === to);
  const values = samples.map((sample) => (sample as Readonly<Record<string, unknown>>)[from]).filter((v) => v != null);
  if (!field || values.length === 0) return undefined;
  const fitting = values.filter((value) => field.rules.every((rule) => holds(rule, value)));
  const isUnique = after.indexes.some(
    ({ kind, fields }) => kind === 'unique' && fields.length === 1 && fields[0] === to,
  );
  const count = isUnique ? new Set(fitting).size : fitting.length;
  return count / values.length;
}

/** Rules that are not known here are taken to hold. */
function holds({ name, args, each }: ValidationRule, value: unknown): boolean {
  const check = CHECKS[name];
  if (!check) return true;
  const values = each && Array.isArray(value) ? value : [value];
  return values.every((item) => check(item, args));
}

const CHECKS: Readonly<Record<string, (value: unknown, args: readonly RuleArgument[]) => boolean>> = {
  min: (value, [least]) => (value as number) >= (least as number),
  max: (value, [most]) => (value as number) <= (most as number),
  minLength: (value, [least]) => String(value).length >= (least as number),
  maxLength: (value, [most]) => String(value).length <= (most as number),
  isEmail: (value) => /^[^@\s]+@[^@\s]+$/.test(String(value)),
  isUUID: (value) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(String(value)),
  isInt: (value) => Number.isInteger(value),
  isUrl: (value) => String(value).includes('.'),
};

/** Microseconds it takes to index one document again, by kind of index: for estimates in words. */
const REBUILD_US = { unique: 2, tag: 4, range: 3 } as const;

/** `: rebuild about 0.4 s for 135,233 documents`; empty when the count is not known. */
export function rebuildNote(kind: keyof typeof REBUILD_US, documentCount: number | undefined): string {
  if (documentCount === undefined) return '';
  const seconds = (documentCount * REBUILD_US[kind]) / 1e6;
  const time = seconds < 0.1 ? 'less than 0.1 s' : `about ${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const count = documentCount.toLocaleString('en-US');
  return `: rebuild ${time} for ${count} ${documentCount === 1 ? 'document' : 'documents'}`;
}
