/** `[string, number?, ...boolean[]]`: a type for each position. */
import type { FieldType } from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import type { Member, TypeReading, TypeScope } from './type-scope.js';

export function readTuple(
  node: ts.TupleTypeNode,
  scope: TypeScope,
  reading: TypeReading,
): readonly Member[] | undefined {
  const elements: FieldType[] = [];
  let least = 0;
  let rest: FieldType | undefined;
  for (const written of node.elements) {
    const isNamed = ts.isNamedTupleMember(written);
    const isRest = ts.isRestTypeNode(written) || (isNamed && written.dotDotDotToken !== undefined);
    const isOptional = ts.isOptionalTypeNode(written) || (isNamed && written.questionToken !== undefined);
    const of = isNamed || ts.isRestTypeNode(written) || ts.isOptionalTypeNode(written) ? written.type : written;
    const type = reading.element(of, scope);
    if (!type) return undefined;
    if (rest)
      return reading.refusals.refuse(
        'UNSUPPORTED_TYPE',
        written,
        'an element follows a rest element',
        'put the rest element last.',
      );
    if (!isRest) {
      elements.push(type);
      if (!isOptional) least = elements.length;
    } else if (type.kind === 'array') rest = type.element;
    else if (type.kind === 'tuple') {
      // `[...Point, number]`: its elements stand here.
      if (type.least === type.elements.length) least = elements.length + type.least;
      elements.push(...type.elements);
      rest = type.rest;
    } else return reading.refusals.unsupported(written);
  }
  return [{ kind: 'tuple', elements, least, ...(rest && { rest }) }];
}
