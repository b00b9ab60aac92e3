/** What the faces of one class have in common: the names of its fields, and the class behind them. */
import { DatabaseError } from '@nuthatch/model';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import { INSPECT } from '../../document/shown-getters.js';

/** How a face gives a value in another form than the document has it. */
export interface FaceValues {
  /** @param value never undefined. */
  given(field: string, value: unknown): unknown;
}

export class FaceForm {
  readonly collection: string;
  /** Stored fields, in the order of the model. */
  readonly names: readonly string[];
  /** Their places in it. */
  readonly numbers: ReadonlyMap<string, number>;
  /** Where getters and methods are found. */
  readonly prototype: object;
  /** Undefined: the values of the document, and every field is there. */
  readonly values: FaceValues | undefined;
  /** What proxies stand before: it has the prototype, and no field. */
  readonly target: object;

  /** @param values left out: those of the document, with the getters and methods of its class. */
  constructor({ model, documentClass }: Pick<CollectionDefinition, 'model' | 'documentClass'>, values?: FaceValues) {
    this.collection = model.collection;
    this.names = model.fields.map(({ name }) => name);
    this.numbers = new Map(this.names.map((name, number) => [name, number]));
    this.prototype = values === undefined ? (documentClass.prototype as object) : Object.prototype;
    this.values = values;
    this.target = Object.create(this.prototype) as object;
    // `console.log` asks the target of a proxy, with the proxy as `this`.
    Object.defineProperty(this.target, INSPECT, { value: inspected, configurable: true });
  }

  /** @param how it was used. */
  ended(how: string): DatabaseError {
    const { collection } = this;
    const what = `${how} of a document of ${collection} after the function of \`view\` had returned`;
    return new DatabaseError('VIEW_ENDED', what, { collection });
  }
}

/** The fields as they are, or a word for a face that has ended: a log line must not throw. */
function inspected(this: object): unknown {
  try {
    return Object.defineProperties(
      Object.create(Object.getPrototypeOf(this) as object),
      Object.getOwnPropertyDescriptors(this),
    );
  } catch (error) {
    if (DatabaseError.is(error, 'VIEW_ENDED')) return '[document of a view that has ended]';
    throw error;
  }
}
