/**
 * Which rules generated code checks, and which are left to class-validator.
 *
 * A field is one or the other as a whole: when one of its rules is opaque (a condition, a group, a function, a
 * constraint of the user's own), class-validator checks all of them, since `@ValidateIf` bears on every rule of the
 * field. class-validator then runs over the whole document, so nothing is saved by compiling half a field.
 */
import type { ClassMetadata } from './class-metadata.js';
import type { DocumentModel } from './document-model.js';
import type { ValidationRule } from './validation-rule.js';
import type { Violation, ViolationList } from './violation.js';

/** True for a field whose rules are class-validator's. */
export function hasOpaqueRule(field: { readonly rules: readonly ValidationRule[] }): boolean {
  return field.rules.some((rule) => rule.opaque);
}

/**
 * The rules to run after the compiled validator: class-validator, less what the compiled validator has already said.
 * `undefined` when every rule is compiled. Ask once for a collection; a run costs microseconds.
 */
export function furtherValidation(
  model: Pick<DocumentModel, 'fields'>,
  metadata: ClassMetadata | undefined,
): ((document: object, known?: readonly Violation[]) => readonly Violation[]) | undefined {
  const validate = metadata?.validate;
  if (!validate || !(metadata.hasOpaqueRules || model.fields.some(hasOpaqueRule))) return undefined;
  const compiled = new Map(
    model.fields
      .filter((field) => !hasOpaqueRule(field))
      .map(({ name, rules }) => [name, new Set(rules.map((rule) => rule.name))]),
  );
  return (document, known = []) => {
    const said = new Set(known.map(({ path, rule }) => `${path} ${rule}`));
    const found = validate(document);
    const { omittedCount } = found as ViolationList;
    const left: ViolationList = found.filter(
      ({ path, rule }) => !compiled.get(path)?.has(rule) && !said.has(`${path} ${rule}`),
    );
    // Those beyond the list are not known one by one.
    if (omittedCount !== undefined && left.length > 0) left.omittedCount = omittedCount;
    return left;
  };
}
