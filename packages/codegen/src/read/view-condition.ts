/** The conditions of a view, as far as they are written: the fields that they name are those of the documents. */
import type { FieldType } from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import type { DocumentSource } from '../document-source.js';
import { unwrapped } from './constant-reader.js';
import { type ReadContext, refuse } from './read-context.js';
import { shownType } from './shown-type.js';

/** A function is not looked into, and values are the compiler's to check. */
export function checkViewCondition(given: ts.Expression, of: DocumentSource, context: ReadContext): void {
  const condition = unwrapped(given);
  if (!ts.isObjectLiteralExpression(condition)) return;
  const { name: className, fields, computed } = of.model;
  const known = new Map([...computed, ...fields].map(({ name, type }) => [name, type]));
  for (const property of condition.properties) {
    const name =
      property.name && (ts.isIdentifier(property.name) || ts.isStringLiteralLike(property.name))
        ? property.name.text
        : undefined;
    if (name === undefined) continue;
    const value = ts.isPropertyAssignment(property) ? unwrapped(property.initializer) : undefined;
    const type = known.get(name);
    if (type === undefined && (name === 'or' || name === 'and' || name === 'not')) {
      const parts = value && ts.isArrayLiteralExpression(value) ? value.elements : value ? [value] : [];
      for (const part of parts) checkViewCondition(part, of, context);
    } else if (type === undefined)
      refuse(
        context,
        property,
        'BAD_VIEW',
        `${className} has no field ${name} that a view could ask for`,
        'name a stored field, or a getter with an index; a function can ask anything: where: (document) => …',
      );
    else if (!canBeAsked(type))
      refuse(
        context,
        property,
        'BAD_VIEW',
        `${name} is ${shownType(type)}, and no condition can ask for that`,
        'ask by a function: where: (document) => …',
      );
  }
}

function canBeAsked(type: FieldType): boolean {
  switch (type.kind) {
    case 'nullable':
      return canBeAsked(type.of);
    case 'array':
    case 'set':
      return canBeAsked(type.element) && type.element.kind !== 'array' && type.element.kind !== 'set';
    case 'union':
      return type.members.every(canBeAsked);
    default:
      return ['string', 'number', 'bigint', 'boolean', 'date', 'literal'].includes(type.kind);
  }
}
