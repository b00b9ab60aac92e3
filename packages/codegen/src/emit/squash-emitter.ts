/** Emits one migration made of several that follow each other: it runs their code, which stays where it is. */
import type { DocumentModel } from '@nuthatch/model';
import { absentDefaults } from './conversion.js';
import { functionsIn, migrationModule } from './manifest-emitter.js';
import { indent, list, propertyName, quote } from './source-text.js';

/** One step of a collection's way. */
export interface SquashedStep {
  readonly id: string;
  readonly before: DocumentModel;
  readonly after: DocumentModel;
  /** The migration touches other collections too. */
  readonly isOneOfSeveral: boolean;
}

export interface SquashedCollection {
  readonly collection: string;
  readonly steps: readonly SquashedStep[];
  readonly hasDown: boolean;
}

/**
 * The text; undefined when a field that came between two steps has a default that only its class can make.
 *
 * One collection gives a module with `up` and `down`, several one with `collections`.
 */
export function emitSquash(collections: readonly SquashedCollection[], extension: string): string | undefined {
  const ids = [...new Set(collections.flatMap(({ steps }) => steps.map(({ id }) => id)))].sort();
  const variables = new Map(ids.map((id, index) => [id, `step${index + 1}`]));
  const imports = ids
    .map((id) => `import * as ${variables.get(id)} from ${quote(`../${migrationModule(id, extension)}`)};`)
    .join('\n');
  const parts = collections.map((collection) => functionsOf(collection, variables));
  if (parts.some((part) => part === undefined)) return undefined;
  const functions = parts as readonly { readonly up: string; readonly down: string | undefined }[];
  const head = `${imports}

/** ${ids.join(', ')} in one; their code stays where it is. Written once, then yours: it is never overwritten. */
`;
  const [only] = functions;
  if (functions.length === 1) {
    const down = only!.down === undefined ? '' : `\nexport function down${only!.down}\n`;
    return `${head}export function up${only!.up}\n${down}`;
  }
  const members = functions.map(({ up, down }, index) => {
    const methods = [`up${up},`, ...(down === undefined ? [] : [`down${down},`])].join('\n');
    return `${propertyName(collections[index]!.collection)}: {\n${indent(methods)}\n},`;
  });
  return `${head}export const collections = {\n${indent(members.join('\n'))}\n};\n`;
}

function functionsOf(
  { steps, hasDown }: SquashedCollection,
  variables: ReadonlyMap<string, string>,
): { readonly up: string; readonly down: string | undefined } | undefined {
  const functions = ({ id, before, isOneOfSeveral }: SquashedStep): string =>
    functionsIn(variables.get(id)!, before.collection, isOneOfSeveral);
  let value = 'document';
  for (const [index, step] of steps.entries()) {
    const { before } = step;
    const earlier = steps[index - 1]?.after;
    const defaults = earlier && absentDefaults(earlier.fields, before.fields);
    if (earlier && !defaults) return undefined;
    // A field that was added between the two steps without a migration gets its default here, as it would on reading.
    if (defaults && defaults.length > 0) value = list('{', [...defaults, `...${value}`], '}', 20);
    value = `${functions(step)}.up(${value} as never)`;
  }
  const down = [...steps].reverse().reduce((inner, step) => `${functions(step)}.down(${inner} as never)`, 'document');
  const functionText = (expression: string): string =>
    `(document: object): object {\n${indent(`return ${expression};`)}\n}`;
  return { up: functionText(value), down: hasDown ? functionText(down) : undefined };
}
