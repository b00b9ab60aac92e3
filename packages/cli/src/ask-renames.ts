/** Fields that may be one field renamed: asked where somebody can answer, pointed out where nobody can. */
import type { RenameCandidate } from '@nuthatch/codegen';
import type { Output } from './output.js';

/** Asks about each candidate; undefined when nobody is there to answer. */
export function renameQuestion({ ask }: Output): ((candidate: RenameCandidate) => Promise<boolean>) | undefined {
  if (!ask) return undefined;
  return async (candidate) => {
    const { collection, from, to, reasons, isClass } = candidate;
    const answer = await ask(
      `${isClass ? '' : `${collection}: `}was ${isClass ? `${kindOf(candidate)} ` : ''}${from} renamed to ${to} (${reasons.join(', ')})? [y/N] `,
    );
    return /^y(es)?$/i.test(answer.trim());
  };
}

/** The message about candidates that were taken for two fields: nothing is lost, and how to say otherwise. */
export function renameHints(candidates: readonly RenameCandidate[]): readonly string[] {
  return candidates.map((candidate) => {
    const { collection, from, to, reasons, isClass } = candidate;
    return isClass
      ? `${collection}: ${kindOf(candidate)} ${from} is gone and ${to} is new (${reasons.join(', ')}); the documents of ${from} are kept. ` +
          `If it was renamed, undo and generate again with --rename ${from}:${to}`
      : `${collection}: ${from} is gone and ${to} is new (${reasons.join(', ')}); the values of ${from} are kept. ` +
          `If it was renamed, undo and generate again with --rename ${collection}.${from}:${to}`;
  });
}

/** A class with several collections goes by their names. */
function kindOf({ from, fromCollection }: RenameCandidate): string {
  return from === fromCollection ? 'collection' : 'class';
}
