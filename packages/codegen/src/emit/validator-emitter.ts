/** Emits the compiled validator: types first, then each field's rules, everything wrong collected. */
import { describeType, type FieldModel, type FieldType, hasOpaqueRule, type RecordType, unfold } from '@nuthatch/model';
import { expected, expectedTuple, tupleLengths } from './expected-type.js';
import type { GeneratedModule } from './generated-module.js';
import { helperFunction } from './helper-function.js';
import { localNames } from './local-names.js';
import { brokenCondition, messageExpression } from './rule-emitter.js';
import { membershipTest } from './shape.js';
import { block, indent, quote } from './source-text.js';

/**
 * Statements that check an object's fields. In scope: `values`, and `violations` (a list or undefined) to add to.
 *
 * @param prefix expression for the path before the field's name, `''` at the top.
 * @param condition under which a field need be checked at all.
 */
export function emitChecks(
  module: GeneratedModule,
  className: string,
  fields: readonly FieldModel[],
  path: readonly string[],
  prefix?: string,
  condition?: (field: FieldModel, index: number) => string,
): string {
  const locals = localNames(fields);
  return fields
    .map((field, index) => {
      const check = emitFieldCheck(module, className, field, locals[index]!, path, prefix);
      return condition === undefined ? check : `if (${condition(field, index)}) {\n${indent(check)}\n}`;
    })
    .join('\n');
}

function emitFieldCheck(
  module: GeneratedModule,
  className: string,
  field: FieldModel,
  local: string,
  path: readonly string[],
  prefix?: string,
): string {
  const where = prefix === undefined ? quote(field.name) : `\`\${${prefix}}.${field.name}\``;
  const lines = [`const ${local} = values[${quote(field.name)}];`];
  const looked = emitTypeCheck(module, field.type, local, where, [...path, field.name]);
  const isNested = prefix !== undefined;
  const type = isNested ? { ...looked, report: counting(module, looked.report) } : looked;
  // A field with an opaque rule is class-validator's as a whole (class-rules.ts in the model package).
  const rules = hasOpaqueRule(field) ? [] : field.rules.filter((rule) => rule.name !== 'isOptional');
  const skipsAbsent = field.rules.some((rule) => rule.name === 'isOptional');
  const ruleLines = rules.map((rule) => {
    module.runtime('broken');
    const message = messageExpression(rule, field.name, className, local);
    const report = `violations = broken(violations, ${where}, ${quote(rule.name)}, ${message});`;
    return `if (${brokenCondition(module, rule, local)}) ${isNested ? counting(module, report) : report}`;
  });
  const isTypeBroken = type.condition;
  const branches: string[] = [];
  if (field.optional && rules.length === 0) {
    if (isTypeBroken) branches.push(`if (${local} !== undefined && (${isTypeBroken})) ${type.report}`);
    if (type.deeper) branches.push(`${isTypeBroken ? 'else ' : ''}if (${local} !== undefined) ${block(type.deeper)}`);
    return [...lines, branches.join('\n')].join('\n');
  }
  const typeCondition = isTypeBroken && (field.optional ? `${local} !== undefined && (${isTypeBroken})` : isTypeBroken);
  const inner = [
    type.deeper && (field.optional ? `if (${local} !== undefined) ${block(type.deeper)}` : type.deeper),
    ...ruleLines,
  ]
    .filter(Boolean)
    .join('\n');
  const guarded =
    inner && skipsAbsent && ruleLines.length > 0
      ? `if (${local} !== undefined && ${local} !== null) {\n${indent(inner)}\n}`
      : inner;
  if (typeCondition) {
    branches.push(`if (${typeCondition}) ${type.report}`);
    if (guarded) branches.push(`else ${block(guarded)}`);
  } else if (guarded) branches.push(guarded);
  return [...lines, branches.join('\n')].filter(Boolean).join('\n');
}

interface TypeCheck {
  /** True when the value is not of the type, as far as one look tells. */
  readonly condition: string;
  /** Statement that reports it. */
  readonly report: string;
  /** Statements that look into the value; it has passed `condition`. */
  readonly deeper?: string;
}

function emitTypeCheck(
  module: GeneratedModule,
  type: FieldType,
  value: string,
  where: string,
  path: readonly string[],
): TypeCheck {
  module.runtime('mismatch');
  const report = `violations = mismatch(violations, ${where}, ${quote(expected(type))}, ${value});`;
  switch (type.kind) {
    case 'nullable': {
      const inner = emitTypeCheck(module, type.of, value, where, path);
      return {
        condition: `${value} !== null && (${inner.condition})`,
        report,
        ...(inner.deeper && { deeper: `if (${value} !== null) ${block(inner.deeper)}` }),
      };
    }
    case 'literal':
      return {
        condition: type.values
          .map((literal) => `${value} !== ${typeof literal === 'string' ? quote(literal) : JSON.stringify(literal)}`)
          .join(' && '),
        report,
      };
    case 'date':
      return { condition: `!${membershipTest(module, type, value)} || Number.isNaN(${value}.getTime())`, report };
    case 'array':
    case 'set':
    case 'map':
    case 'object':
    case 'record':
    case 'variants': {
      const isObject = type.kind === 'object' || type.kind === 'variants';
      if (isObject) module.runtime('isRecord');
      const condition = isObject
        ? `!isRecord(${value})`
        : type.kind === 'array'
          ? `!Array.isArray(${value})`
          : `!(${membershipTest(module, type, value)})`;
      return {
        condition,
        report,
        deeper: `violations = ${checker(module, type, path)}(${value}, ${where}, violations);`,
      };
    }
    case 'tuple': {
      const condition = `!Array.isArray(${value})${tupleLengths(type, `${value}.length`)}`;
      return {
        condition,
        report: `violations = mismatch(violations, ${where}, ${quote(expectedTuple(type))}, ${value});`,
        deeper: `violations = ${checker(module, type, path)}(${value}, ${where}, violations);`,
      };
    }
    case 'json': {
      module.runtime('checkJson');
      return {
        condition: `${value} === undefined`,
        report,
        deeper: `violations = checkJson(${value}, ${where}, ${type.isObject === true}, violations);`,
      };
    }
    case 'string':
      if (type.pattern === undefined) return { condition: `typeof ${value} !== 'string'`, report };
      return {
        condition: `typeof ${value} !== 'string' || !${patternName(module, type.pattern, path)}.test(${value})`,
        report,
      };
    case 'recursive': {
      const name = module.recursiveHelper('check', type, (helper) => {
        module.runtime('type Violations', 'checkWithin');
        const level = module.uniqueName('level', [type.name]);
        const check = elementCheck(module, unfold(type), 'value', 'path', [type.name]);
        const body = `return checkWithin(${level}, path, violations, () => {\n${indent(`${check}\nreturn violations;`)}\n});`;
        return `const ${level} = { depth: 0 };\n\nfunction ${helper}(value: unknown, path: string, violations: Violations): Violations {\n${indent(body)}\n}`;
      });
      return {
        // The checks that need one look.
        condition: `!(${membershipTest(module, type, value)})`,
        report,
        deeper: `violations = ${name}(${value}, ${where}, violations);`,
      };
    }
    case 'union': {
      const checks = type.members.map((member) => ({
        member,
        check: emitTypeCheck(module, member, value, where, path),
      }));
      const deeper = checks
        .filter(({ check }) => check.deeper)
        .map(({ member, check }) => `if (${membershipTest(module, member, value)}) ${block(check.deeper!)}`)
        .join('\n');
      // The inside of JSON is looked at where the value is of that member: one that is of none has to be refused here.
      const condition = checks
        .map(({ member, check }) =>
          member.kind === 'json' ? `!(${membershipTest(module, member, value)})` : `(${check.condition})`,
        )
        .join(' && ');
      return { condition, report, ...(deeper && { deeper }) };
    }
    default:
      return {
        condition:
          type.kind === 'bytes' || type.kind === 'floats'
            ? `!(${membershipTest(module, type, value)})`
            : `typeof ${value} !== '${type.kind}'`,
        report,
      };
  }
}

/** A constant with the pattern, made once for a place. */
function patternName(module: GeneratedModule, pattern: string, path: readonly string[]): string {
  const name = module.uniqueName('pattern', path);
  module.helpers.push(`const ${name} = new RegExp(${quote(pattern)}, 'u');`);
  return name;
}

/** A helper function that checks the inside of a container; its name. */
function checker(module: GeneratedModule, type: FieldType, path: readonly string[]): string {
  const name = module.uniqueName('check', path);
  module.runtime('type Violations');
  const body = checkerBody(module, type, path);
  const parameters = { value: 'unknown', path: 'string', violations: 'Violations' };
  module.helpers.push(helperFunction(name, parameters, 'Violations', `${body}${body && '\n'}return violations;`));
  return name;
}

function checkerBody(module: GeneratedModule, type: FieldType, path: readonly string[]): string {
  switch (type.kind) {
    case 'array': {
      const check = elementCheck(module, type.element, 'item', '`${path}[${index}]`', [...path, 'item']);
      const loop = `const item = items[index];\n${check}`;
      return `const items = value as readonly unknown[];\nfor (let index = 0; index < items.length; index++) {\n${indent(loop)}\n}`;
    }
    case 'set': {
      const check = elementCheck(module, type.element, 'item', '`${path}[${index}]`', [...path, 'item']);
      return `let index = 0;\nfor (const item of value as Iterable<unknown>) {\n${indent(`${check}\nindex++;`)}\n}`;
    }
    case 'map': {
      const key = elementCheck(module, type.key, 'key', '`${path} key`', [...path, 'key']);
      const item = elementCheck(module, type.value, 'item', '`${path}[${keyInPath(key)}]`', [...path, 'item']);
      if (item.includes('keyInPath(')) module.runtime('keyInPath');
      return `for (const [key, item] of value as Map<unknown, unknown>) {\n${indent(`${key}\n${item}`)}\n}`;
    }
    case 'tuple': {
      const checks = type.elements.map((element, index) => {
        const at = [...path, String(index)];
        const check = `const item = items[${index}];\n${elementCheck(module, element, 'item', `\`\${path}[${index}]\``, at)}`;
        return index < type.least ? `{\n${indent(check)}\n}` : `if (items.length > ${index}) {\n${indent(check)}\n}`;
      });
      if (type.rest) {
        const check = elementCheck(module, type.rest, 'item', '`${path}[${index}]`', [...path, 'item']);
        const loop = `const item = items[index];\n${check}`;
        checks.push(`for (let index = ${type.elements.length}; index < items.length; index++) {\n${indent(loop)}\n}`);
      }
      return ['const items = value as readonly unknown[];', ...checks].join('\n');
    }
    case 'record':
      return emitRecordCheck(module, type, path);
    case 'object':
      return `const values = value as Values;\n${emitChecks(module, type.className ?? path.join('.'), type.fields, path, 'path')}`;
    case 'variants': {
      const cases = type.variants.map((variant) => {
        const checks = emitChecks(
          module,
          path.join('.'),
          variant.type.fields.filter((field) => field.name !== type.discriminator),
          [...path, String(variant.value)],
          'path',
        );
        return `case ${JSON.stringify(variant.value)}: {\n${indent([checks, 'break;'].filter(Boolean).join('\n'))}\n}`;
      });
      const tags = type.variants.map((variant) => JSON.stringify(variant.value)).join(' | ');
      const report = `violations = mismatch(violations, \`\${path}.${type.discriminator}\`, ${quote(tags)}, values[${quote(type.discriminator)}]);`;
      return `const values = value as Values;\nswitch (values[${quote(type.discriminator)}]) {\n${indent([...cases, `default:\n${indent(report)}`].join('\n'))}\n}`;
    }
    default:
      return '';
  }
}

function emitRecordCheck(module: GeneratedModule, type: RecordType, path: readonly string[]): string {
  module.runtime('recordEntries');
  const { fields, key } = type;
  const names = fields.length === 0 ? '' : `, new Set<string>([${fields.map(({ name }) => quote(name)).join(', ')}])`;
  const lines = fields.length === 0 ? [] : [emitChecks(module, path.join('.'), fields, path, 'path')];
  const keyCheck = [];
  if (key.kind === 'number') {
    module.runtime('isNumberName');
    keyCheck.push(
      "if (!isNumberName(key)) violations = mismatch(violations, `${path} key`, 'the text of a number', key);",
    );
  } else if (key.pattern !== undefined) {
    keyCheck.push(
      `if (!${patternName(module, key.pattern, path)}.test(key)) violations = mismatch(violations, \`\${path} key\`, ${quote(describeType(key))}, key);`,
    );
  }
  const item = elementCheck(module, type.value, 'item', '`${path}.${key}`', [...path, 'item']);
  const body = [...keyCheck, item].join('\n');
  lines.push(`for (const [key, item] of recordEntries(values${names})) {\n${indent(body)}\n}`);
  return ['const values = value as Values;', ...lines].join('\n');
}

function elementCheck(
  module: GeneratedModule,
  type: FieldType,
  value: string,
  where: string,
  path: readonly string[],
): string {
  const check = emitTypeCheck(module, type, value, where, path);
  const branch = `if (${check.condition}) ${counting(module, check.report)}`;
  return check.deeper ? `${branch}\nelse ${block(check.deeper)}` : branch;
}

/** Inside lists there may be millions: those beyond the ones that are listed are counted, and no path is written for them. */
function counting(module: GeneratedModule, report: string): string {
  module.runtime('oneMore');
  return report.replace('violations = ', 'violations = oneMore(violations) ?? ');
}
