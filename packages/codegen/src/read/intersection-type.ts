import type { ts } from '@ts-morph/common';
import { intersectMembers } from './intersect-types.js';
import { STORABLE } from './type-refusals.js';
import type { Member, TypeReading } from './type-scope.js';

type Members = readonly Member[] | undefined;

/** `Named & Aged`, `string & Brand`; `undefined` after a diagnostic. @param inner reads the members of a part. */
export function readIntersection(
  node: ts.IntersectionTypeNode,
  { refusals }: TypeReading,
  inner: (part: ts.TypeNode) => Members,
): Members {
  const tried = node.types.map((part) => refusals.attempt(() => inner(part)));
  // A brand says nothing of values, whatever it is made of: `string & { __brand: undefined }`.
  const isBranded = tried.some(({ result }) => result !== undefined && result.length > 0 && result.every(isPrimitive));
  const parts = tried.flatMap(({ result, refused }) => {
    if (isBranded && refused.length > 0 && refused.every(({ code }) => code === 'UNSUPPORTED_TYPE')) return [];
    refusals.repeat(refused);
    return [result];
  });
  if (parts.includes(undefined)) return undefined;
  const both = parts.reduce((left, right) => intersectMembers(left!, right!));
  if (both!.length > 0) return both;
  const text = node.getText().replace(/\s+/g, ' ').slice(0, 60);
  return refusals.refuse('UNSUPPORTED_TYPE', node, `no value has all types of ${text}`, STORABLE);
}

function isPrimitive(member: Member): boolean {
  return typeof member === 'object' && /^(string|number|boolean|bigint|literal)$/.test(member.kind);
}
