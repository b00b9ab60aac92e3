/**
 * Keys of one class as JSON, and as one text each, for addresses and lists.
 *
 *   one id field           its JSON: "p1", 7, "12345678901234567890" (bigint), "2026-01-31T00:00:00.000Z" (date)
 *   several id fields      an object of them, { "team": "fcb", "number": 7 }
 *   as a text              that of the id itself; of several fields, or of one with several types, the text of the JSON
 */
import { DatabaseError, type DocumentModel, type FieldType } from '@nuthatch/model';
import { showValue } from '../../definition/show-value.js';
import { type JsonValues, jsonValues } from '../../document/json-values.js';

interface Part {
  readonly name: string;
  readonly type: FieldType;
  readonly values: JsonValues;
}

export class JsonKeys {
  readonly #model: DocumentModel;
  readonly #parts: readonly Part[];

  constructor(model: DocumentModel) {
    this.#model = model;
    this.#parts = model.key.fields.map((name) => {
      const type = model.fields.find((field) => field.name === name)!.type;
      return { name, type, values: jsonValues(type) };
    });
  }

  /** The JSON of a key as repositories have it. */
  toJson(key: unknown): unknown {
    const [only] = this.#parts;
    if (this.#parts.length === 1) return only!.values.toJson(key);
    const fields = key as Readonly<Record<string, unknown>>;
    return Object.fromEntries(this.#parts.map(({ name, values }) => [name, values.toJson(fields[name])]));
  }

  /**
   * The key that JSON, or the text of a key, stands for. What is no key is left as it is: reads and writes refuse it.
   *
   * @throws DatabaseError `INVALID_KEY`.
   */
  fromJson(json: unknown): unknown {
    const [only] = this.#parts;
    if (this.#parts.length === 1) return this.#partOf(only!, json);
    const given = typeof json === 'string' ? this.#parsed(json) : json;
    if (typeof given !== 'object' || given === null) throw this.#invalid(json);
    const isList = Array.isArray(given);
    return Object.fromEntries(
      this.#parts.map((part, index) => {
        const value: unknown = isList
          ? given[index]
          : Object.hasOwn(given, part.name)
            ? (given as Readonly<Record<string, unknown>>)[part.name]
            : undefined;
        return [part.name, this.#partOf(part, value)];
      }),
    );
  }

  /** One text for a key that is given as JSON. @throws DatabaseError `INVALID_KEY`. */
  textOf(json: unknown): string {
    const key = this.toJson(this.fromJson(json));
    return this.#isOneText ? String(key) : JSON.stringify(key);
  }

  /** The JSON of a key that is given as a text. @throws DatabaseError `INVALID_KEY`. */
  ofText(text: string): unknown {
    if (typeof text !== 'string') throw this.#invalid(text);
    return this.toJson(this.fromJson(this.#isOneText ? text : this.#parsed(text)));
  }

  /** Whether the text of the id says by itself what it is. */
  get #isOneText(): boolean {
    return this.#parts.length === 1 && this.#parts[0]!.type.kind !== 'union';
  }

  /** @throws DatabaseError `INVALID_KEY`. */
  #partOf({ type, values }: Part, json: unknown): unknown {
    try {
      return values.fromJson(typeof json === 'string' ? ofText(type, json) : json, '');
    } catch (cause) {
      throw this.#invalid(json, cause);
    }
  }

  #parsed(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw this.#invalid(text, cause);
    }
  }

  #invalid(json: unknown, cause?: unknown): DatabaseError {
    const { name, collection, key } = this.#model;
    const given = showValue(json);
    const what = `${given} is not the JSON of a key of ${name} (${key.fields.join(', ')})`;
    return new DatabaseError('INVALID_KEY', what, { collection, field: key.fields.join(', '), given }, { cause });
  }
}

/** A number or boolean that is written as a text, in its one form; anything else is left as it is. */
function ofText(type: FieldType, text: string): unknown {
  if (type.kind === 'number' && String(Number(text)) === text) return Number(text);
  if (type.kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if (type.kind === 'literal' && !type.values.includes(text))
    return type.values.find((value) => String(value) === text);
  return text;
}
