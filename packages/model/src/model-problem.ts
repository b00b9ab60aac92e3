/** One thing wrong with a model. */
export interface ModelProblem {
  readonly code: ModelProblemCode;
  /** The field it is about; absent when it is the class. */
  readonly field?: string;
  /** One line: why. */
  readonly message: string;
  /** One line: what to do. */
  readonly hint: string;
}

/** Every problem a model can have. Codes are stable: tools and users search for them. */
export const MODEL_PROBLEMS = {
  NO_ID: 'no field is the id',
  GENERATED_COMPOSITE_ID: 'two ids, one of them generated: a generated id cannot have other parts',
  BAD_ID_TYPE: 'an id that is not a string, number, bigint, date or boolean, or may be absent',
  BAD_INDEX_TYPE: 'a unique index over values that cannot be compared',
  BAD_TAG_TYPE: 'tags that are not scalars',
  BAD_RANGE_TYPE: 'an ordered index over values without one order',
  BAD_EXPIRES_TYPE: 'an expiry over values that are not dates',
  BAD_STORAGE: 'cold documents of a form that cannot stay in their file',
  BAD_RELEASED: 'released documents that something else lets go',
  BAD_LIFETIME: 'states and transitions that do not cover exactly the members of the type of their field',
  BAD_VECTOR: 'a vector that is not a list of numbers, or without dimensions or metric',
  BAD_REFERENCE:
    'a field that refers to documents by something other than their key, or cannot do what its reference says',
  BAD_SEARCH: 'a text index over a field that holds no texts, or with settings that are none',
  BAD_COLLECTION_NAME: 'a collection name that is not a plain name, or hides a member of the database',
  DUPLICATE_COLLECTION: 'two classes in one collection',
  DANGEROUS_NAME: 'a name that every object has, or that is not an identifier',
  COLLIDING_NAME: 'two fields, indexes, finders or classes of one name',
  UNKNOWN_FIELD: 'an id or index over a field that is not there',
  BAD_VARIANTS: 'a union of objects that its discriminator does not distinguish',
  TOO_DEEP: 'types nested deeper than any document needs',
} as const;

export type ModelProblemCode = keyof typeof MODEL_PROBLEMS;
