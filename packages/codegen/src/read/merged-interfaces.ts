/**
 * `interface Player { … }` beside `class Player`, and `declare module './player' { interface Player { … } }`: for the
 * compiler their fields are the class's. The first are read; the second would have to be looked for everywhere.
 */
import { ts } from '@ts-morph/common';
import type { GatheredClass } from './gathered-class.js';
import { type ReadContext, refuse } from './read-context.js';
import { positionOf } from './source-position.js';
import type { TypeReader } from './type-reader.js';
import { propertyNameText, type TypeScope } from './type-scope.js';

/** Adds the fields that interfaces of a class's name give it. */
export function gatherInterfaces(
  declaration: ts.ClassDeclaration,
  scope: TypeScope,
  into: GatheredClass,
  types: TypeReader,
  context: ReadContext,
): void {
  const all = declaration.name && context.graph.namesOf(scope.file).declarations.get(declaration.name.text);
  const parts = all && all.length > 1 ? all.filter(ts.isInterfaceDeclaration) : [];
  if (parts.length === 0) return;
  const type = types.fields.declared({ declaration, file: scope.file, parts }, scope.parameters);
  if (!type) return;
  if (type.kind !== 'object') {
    const hint = 'keep them in a field of their own: `more: Record<string, unknown> = {}`.';
    refuse(context, parts[0]!, 'UNSUPPORTED_MEMBER', 'a document has no properties beside its fields', hint);
    return;
  }
  for (const field of type.fields) {
    if (into.fields.has(field.name) || into.broken.has(field.name)) continue;
    into.fields.set(field.name, field);
    into.positions.set(field.name, positionOf(parts[0]!.name));
  }
  for (const member of parts.flatMap(({ members }) => [...members]))
    if (ts.isPropertySignature(member) && member.modifiers?.length)
      into.readonlyFields.add(propertyNameText(member.name) ?? '');
}

/** Refuses what a file adds to interfaces and classes of the project's own that were read without it. */
export function refuseAugmentations(file: ts.SourceFile, context: ReadContext): void {
  for (const statement of file.statements) {
    if (!ts.isModuleDeclaration(statement) || !ts.isStringLiteral(statement.name)) continue;
    const specifier = statement.name.text;
    if (!context.graph.ownModule(specifier, file)) continue;
    for (const added of statement.body && ts.isModuleBlock(statement.body) ? statement.body.statements : []) {
      if (!ts.isInterfaceDeclaration(added) || added.members.length === 0) continue;
      const to = context.graph.resolveIn(specifier, [added.name.text], file, 'type')?.declaration;
      if (!to || !context.graph.readTypes.has(to)) continue;
      const message = `${added.name.text} gets fields from outside its file, which are not read`;
      refuse(context, added.name, 'UNSUPPORTED_MEMBER', message, `declare them in ${specifier} itself.`);
    }
  }
}
