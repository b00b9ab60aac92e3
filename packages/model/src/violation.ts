/** One way in which a document breaks its model. */
export interface Violation {
  /** Where: `email`, `address.street`, `scores[3]`; empty for the document as a whole. */
  readonly path: string;
  /** Which rule: `type`, `required`, `unknownField`, or class-validator's constraint name such as `isEmail`. */
  readonly rule: string;
  /** What is wrong, for a person: `email must be an email`. */
  readonly message: string;
}
