/** Renamed fields: what the user says, and what looks like one. A model alone cannot tell a rename from a removal and an addition. */
import { compact, DatabaseError, type DocumentModel, type FieldModel, isWider } from '@nuthatch/model';

/** A field of a class that goes on under another name. */
export interface FieldRename {
  readonly collection: string;
  readonly from: string;
  readonly to: string;
}

/** A collection that goes on under another name, because its class does. */
export interface ClassRename {
  /** Collections. */
  readonly from: string;
  readonly to: string;
}

/** A pair that may be a rename, and how much speaks for it: 0 to 1. */
export interface RenameCandidate extends FieldRename {
  readonly score: number;
  /** The reasons for it, in words: `same type`, `same rules`. */
  readonly reasons: readonly string[];
  /** `from` and `to` are classes, or collections of a class with several, and `collection` is the new one's. */
  readonly isClass?: true;
  /** Of a class: the collection that went. */
  readonly fromCollection?: string;
}

/** A candidate below it is not worth a question. */
const MIN_SCORE = 0.5;

/**
 * Pairs of a removed and an added field that may be one field renamed, likeliest first; each field in one pair at most.
 * Only fields of the same type, or of a wider one, are paired. O(removed · added).
 *
 * @param liveFit share (0 to 1) of stored values of `from` that the field `to` would take, where data is at hand.
 */
export function findRenames(
  before: DocumentModel,
  after: DocumentModel,
  liveFit?: (from: string, to: string) => number | undefined,
): readonly RenameCandidate[] {
  const removed = before.fields.filter(({ name }) => !hasField(after, name));
  const added = after.fields.filter(({ name }) => !hasField(before, name));
  const candidates = removed.flatMap((from) =>
    added.flatMap((to) => {
      if (!isWider(from.type, to.type)) return [];
      const candidate = weigh(before, after, from, to, liveFit?.(from.name, to.name));
      return candidate.score < MIN_SCORE ? [] : [candidate];
    }),
  );
  candidates.sort((a, b) => b.score - a.score);
  const taken = new Set<string>();
  return candidates.filter(({ from, to }) => {
    if (taken.has(`-${from}`) || taken.has(`+${to}`)) return false;
    taken.add(`-${from}`).add(`+${to}`);
    return true;
  });
}

/** Classes that went and came with the same id and most fields the same. */
export function findClassRenames(
  gone: readonly DocumentModel[],
  come: readonly DocumentModel[],
): readonly RenameCandidate[] {
  const taken = new Set<DocumentModel>();
  return come.flatMap((to) => {
    const fitting = gone.flatMap((from) => {
      const score = taken.has(from) || compact(from.key) !== compact(to.key) ? 0 : sharedFields(from, to);
      return score < MIN_SHARE ? [] : [{ from, score }];
    });
    const [best] = fitting.sort((a, b) => b.score - a.score);
    if (!best) return [];
    taken.add(best.from);
    const reasons = ['same id', `${Math.round(best.score * 100)} % of the fields the same`];
    const { from, score } = best;
    const isOneName = from.name === to.name || [gone, come].some((models) => isShared(models, from, to));
    const names = isOneName ? { from: from.collection, to: to.collection } : { from: from.name, to: to.name };
    const { collection } = to;
    return [{ collection, ...names, score, reasons, isClass: true, fromCollection: from.collection }];
  });
}

/** Whether the name of one of them is that of several collections, so that it does not say which. */
function isShared(models: readonly DocumentModel[], ...of: readonly DocumentModel[]): boolean {
  return of.some(({ name }) => models.filter((model) => model.name === name).length > 1);
}

/** Of all fields of two classes, the share that both have; below it they are different classes. */
const MIN_SHARE = 0.6;

function sharedFields(a: DocumentModel, b: DocumentModel): number {
  const texts = new Set(a.fields.map(({ name, type }) => compact([name, type])));
  const shared = b.fields.filter(({ name, type }) => texts.has(compact([name, type]))).length;
  return shared / (a.fields.length + b.fields.length - shared);
}

/** The class that a `--rename` names, `Player:Person`; undefined when it names a field. */
export function parseClassRename(
  text: string,
  gone: readonly DocumentModel[],
  come: readonly DocumentModel[],
): ClassRename | undefined {
  const [from, to, ...rest] = text.split(':');
  const named = (models: readonly DocumentModel[], name: string | undefined): DocumentModel | undefined =>
    models.find((model) => model.name === name || model.collection === name);
  const [was, is] = [named(gone, from), named(come, to)];
  return rest.length === 0 && was && is ? { from: was.collection, to: is.collection } : undefined;
}

function weigh(
  before: DocumentModel,
  after: DocumentModel,
  from: FieldModel,
  to: FieldModel,
  liveFit: number | undefined,
): RenameCandidate {
  const reasons: string[] = [];
  let score = 0;
  const count = (holds: boolean, weight: number, reason: string): void => {
    if (!holds) return;
    score += weight;
    reasons.push(reason);
  };
  const isPlain = from.rules.length === 0 && indexKinds(before, from.name) === '';
  count(compact(from.type) === compact(to.type), 0.3, 'same type');
  count(compact(from.rules) === compact(to.rules), isPlain ? 0.05 : 0.15, 'same rules');
  count(indexKinds(before, from.name) === indexKinds(after, to.name), isPlain ? 0.05 : 0.15, 'same indexes');
  count(from.optional === to.optional, 0.05, from.optional ? 'both optional' : 'both required');
  count(sameNeighbours(before, after, from.name, to.name), 0.25, 'same place in the class');
  count(areAlike(from.name, to.name), 0.2, 'names alike');
  if (liveFit !== undefined) {
    if (liveFit < 1) score *= liveFit;
    count(liveFit === 1, 0.25, 'every stored value fits');
  }
  return { collection: after.collection, from: from.name, to: to.name, score: Math.min(1, score), reasons };
}

function hasField({ fields }: DocumentModel, name: string): boolean {
  return fields.some((field) => field.name === name);
}

function indexKinds({ indexes }: DocumentModel, field: string): string {
  return indexes
    .filter(({ fields }) => fields.includes(field))
    .map(({ kind, fields }) => `${kind}${fields.length}`)
    .sort()
    .join();
}

/** The field before it and the field after it have the same names, the renamed one left out. */
function sameNeighbours(before: DocumentModel, after: DocumentModel, from: string, to: string): boolean {
  const around = ({ fields }: DocumentModel, name: string): string => {
    const index = fields.findIndex((field) => field.name === name);
    return JSON.stringify([fields[index - 1]?.name, fields[index + 1]?.name]);
  };
  return around(before, from) === around(after, to);
}

/** One name holds the other, or at most a third of the letters differ. */
function areAlike(a: string, b: string): boolean {
  const [x, y] = [a.toLowerCase(), b.toLowerCase()];
  if (x.includes(y) || y.includes(x)) return true;
  const letters = new Set(x);
  const shared = [...new Set(y)].filter((letter) => letters.has(letter)).length;
  return shared >= (2 / 3) * Math.max(letters.size, new Set(y).size);
}

/**
 * The renames that `--rename` names, `nick:nickname` or `Player.nick:nickname`, checked against what changed.
 *
 * @throws DatabaseError `INVALID_OPTION` for a text of another form, a field that did not go or did not come, and a
 *   name without its class that fits several.
 */
export function parseRenames(
  texts: readonly string[],
  pairs: readonly { readonly before: DocumentModel; readonly after: DocumentModel }[],
): readonly FieldRename[] {
  return texts.map((text) => {
    const match = /^(?:([^.:]+)\.)?([^.:]+):([^.:]+)$/.exec(text);
    const refuse = (why: string): never => {
      throw new DatabaseError('INVALID_OPTION', `--rename ${text}: ${why}`, { option: 'rename', given: text });
    };
    if (!match) return refuse('write it as old:new, or Class.old:new');
    const [, owner, from, to] = match as unknown as [string, string | undefined, string, string];
    const fitting = pairs.filter(
      ({ before, after }) =>
        (owner === undefined || owner === after.name || owner === after.collection) &&
        hasField(before, from) &&
        !hasField(after, from) &&
        hasField(after, to) &&
        !hasField(before, to),
    );
    if (fitting.length > 1)
      return refuse(`${fitting.map(({ after }) => after.name).join(' and ')} both fit; write Class.${from}:${to}`);
    const [pair] = fitting;
    if (!pair) return refuse(`no class ${owner ?? ''} lost ${from} and got ${to}`.replace('  ', ' '));
    return { collection: pair.after.collection, from, to };
  });
}
