/** Template literal types: the texts they list, or a pattern that the texts of the type match. */
import type { FieldType } from '@nuthatch/model';
import type { ts } from '@ts-morph/common';
import type { Member, TypeReading, TypeScope } from './type-scope.js';

/** More texts than these become a pattern. */
const MAX_TEXTS = 200;

/** The texts that TypeScript accepts for each. */
const PATTERNS: Readonly<Record<string, string>> = {
  string: '[\\s\\S]*',
  number: '[+-]?(?:(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?|0[xX][\\da-fA-F]+|0[oO][0-7]+|0[bB][01]+)',
  bigint: '-?(?:0|[1-9]\\d*)',
  boolean: '(?:true|false)',
};

export function readTemplate(
  node: ts.TemplateLiteralTypeNode,
  scope: TypeScope,
  reading: TypeReading,
  depth: number,
): readonly Member[] | undefined {
  let texts: readonly string[] | undefined = [node.head.text];
  let pattern = escaped(node.head.text);
  for (const { type, literal } of node.templateSpans) {
    const members = reading.members({ node: type, scope }, depth + 1);
    if (!members) return undefined;
    const parts = members.map((member) => partOf(member));
    if (parts.includes(undefined)) return reading.refusals.unsupported(type);
    pattern += `(?:${parts.map((part) => part!.pattern).join('|')})${escaped(literal.text)}`;
    const values: readonly string[] | undefined = parts.every((part) => part!.texts)
      ? parts.flatMap((part) => part!.texts!)
      : undefined;
    texts = texts && values?.flatMap((value) => texts!.map((text) => text + value + literal.text));
    if (texts && texts.length > MAX_TEXTS) texts = undefined;
  }
  if (texts) return [{ kind: 'literal', values: [...new Set(texts)] }];
  return [{ kind: 'string', ...(!isAnything(pattern) && { pattern: `^${pattern}$` }) }];
}

function partOf(member: Member): { readonly texts?: readonly string[]; readonly pattern: string } | undefined {
  if (typeof member === 'string') return { texts: [member], pattern: member };
  if (member.kind === 'literal') {
    const texts = member.values.map(String);
    return { texts, pattern: texts.map(escaped).join('|') };
  }
  if (member.kind === 'string' && member.pattern !== undefined) return { pattern: member.pattern.slice(1, -1) };
  const pattern = PATTERNS[member.kind];
  return pattern === undefined ? undefined : { pattern };
}

function isAnything(pattern: string): boolean {
  return pattern === `(?:${PATTERNS['string']})`;
}

/** The text as a regular expression that matches nothing else. */
export function escaped(text: string): string {
  return text
    .replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r');
}

/** One pattern for texts of any of the types; undefined when they are texts of any kind. */
export function joinedPattern(types: readonly FieldType[]): string | undefined {
  const parts = types.map((type) => {
    if (type.kind === 'literal') return type.values.map((value) => escaped(String(value))).join('|');
    return type.kind === 'string' ? type.pattern?.slice(1, -1) : undefined;
  });
  if (parts.includes(undefined)) return undefined;
  const distinct = [...new Set(parts)];
  return distinct.length === 1 ? `^${distinct[0]}$` : `^(?:${distinct.join('|')})$`;
}
