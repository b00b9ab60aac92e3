import * as validators from 'class-validator';
import { KNOWN_RULES, ruleNameOfDecorator } from './known-rules.js';

type Decorator = (...args: never[]) => PropertyDecorator;

/** Arguments without which a decorator cannot be made. */
const ARGUMENTS: Readonly<Record<string, readonly unknown[]>> = {
  Matches: [/a/],
  IsIn: [['a']],
  IsNotIn: [['a']],
  IsEnum: [{ A: 'a' }],
};

/** The name under which class-validator keeps the rule of one of its decorators. */
function storedName(decorator: string): string | undefined {
  class Holder {}
  const make = (validators as unknown as Readonly<Record<string, Decorator>>)[decorator]!;
  make(...((ARGUMENTS[decorator] ?? []) as never[]))(Holder.prototype, 'field');
  return validators.getMetadataStorage().getTargetValidationMetadatas(Holder, '', true, false)[0]?.name;
}

const DECORATORS = Object.keys(validators).filter(
  (name) =>
    /^[A-Z]/.test(name) &&
    /^(Is|Min|Max|Length|Contains|NotContains|Matches|Equals|NotEquals|Array)/.test(name) &&
    name !== 'IS_OPTIONAL',
);

describe('rule names', () => {
  it.each(
    DECORATORS.filter(
      (name) =>
        typeof (validators as unknown as Record<string, unknown>)[name] === 'function' && !/^[A-Z_]+$/.test(name),
    ),
  )("of @%s are class-validator's own, if the generator compiles it", (decorator) => {
    const stored = storedName(decorator);
    if (stored !== undefined && KNOWN_RULES.has(stored)) expect(ruleNameOfDecorator(decorator)).toBe(stored);
    else expect(KNOWN_RULES.has(ruleNameOfDecorator(decorator))).toBe(false);
  });

  it('are all made by some decorator', () => {
    const made = new Set(DECORATORS.map(ruleNameOfDecorator));
    expect([...KNOWN_RULES].filter((rule) => !made.has(rule))).toEqual([]);
  });
});
