/**
 * The interfaces of Standard Schema (standardschema.dev, version 1), by which Fastify, tRPC and forms validate with any
 * library. The specification asks implementers to have them in their own code: types only, no dependency.
 */

export interface StandardTypes<Input, Output> {
  readonly input: Input;
  readonly output: Output;
}

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly PropertyKey[] | undefined;
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardJsonSchemaOptions {
  /** `draft-2020-12` or `draft-07`. */
  readonly target: 'draft-2020-12' | 'draft-07' | 'openapi-3.0' | ({} & string);
  readonly libraryOptions?: Record<string, unknown> | undefined;
}

export interface StandardProps<Input, Output> {
  readonly version: 1;
  readonly vendor: 'nuthatch';
  readonly types?: StandardTypes<Input, Output> | undefined;
  /** Never throws and never promises, but for rules that are wrong themselves (`ASYNC_RULE`). */
  readonly validate: (value: unknown) => StandardResult<Output>;
  /** Standard JSON Schema: of what `validate` takes, and of what it gives, as JSON. */
  readonly jsonSchema: {
    readonly input: (options: StandardJsonSchemaOptions) => Record<string, unknown>;
    readonly output: (options: StandardJsonSchemaOptions) => Record<string, unknown>;
  };
}
