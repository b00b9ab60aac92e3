/**
 * One rule a field's value must keep, beyond its type, in class-validator's vocabulary: `isEmail`, `min`, `length`.
 *
 * Rules are plain data. A rule that cannot be (a function, a group, a condition) has `opaque: true`: the document is
 * then handed to class-validator as a whole, see the generator's validator emitter.
 */
export interface ValidationRule {
  /** class-validator's name of the constraint, such as `isEmail`. */
  readonly name: string;
  /** Arguments as JSON; a RegExp as `{ regExp: source, flags }`. */
  readonly args: readonly RuleArgument[];
  /** Own message; `$property`, `$value`, `$constraint1` as class-validator has them. */
  readonly message?: string;
  /** The rule holds for each element. */
  readonly each?: true;
  /** The rule needs class-validator itself: groups, conditions, custom constraints, nested or asynchronous rules. */
  readonly opaque?: true;
}

export type RuleArgument =
  | string
  | number
  | boolean
  | null
  | readonly RuleArgument[]
  | { readonly [name: string]: RuleArgument };
