/**
 * The transactions of a frame as text for people: a line of JSON for each, docs/journal-format.md, "Codecs". Nobody reads
 * it back: the body stands behind it. What cannot be shown is said in the line, and refuses no write.
 */
import type { DocumentModel, FieldModel } from '@nuthatch/model';
import { decodeAnyValue } from '../codec/any-value-codec.js';
import { ByteReader } from '../codec/byte-reader.js';
import type { DocumentCodec } from '../codec/document-codec.js';
import { createModelCodec } from '../codec/model-codec.js';
import { anyToJson } from '../document/any-json.js';
import { type JsonValues, jsonValues } from '../document/json-values.js';
import { RECORD } from './journal-format.js';
import type { StoredModel } from './model-table.js';
import { readEffect, readModel, readRecordHeader, readTransactionHeader } from './transaction-reader.js';

/** Text of one frame; transactions after it are counted only. */
const MOST_CHARACTERS = 4 * 1024 * 1024;

type Json = Record<string, unknown>;

/** The parts of a model that a document is shown by. */
interface ShownModel {
  readonly collection: string;
  readonly codec: DocumentCodec<Json>;
  readonly fields: readonly { readonly name: string; readonly values: JsonValues }[];
}

export class JsonLines {
  readonly #models = new Map<number, ShownModel>();

  /** Models of the page's header. One that is there already stays. */
  learn(models: readonly StoredModel[]): void {
    for (const { modelId, json } of models)
      if (!this.#models.has(modelId)) this.#models.set(modelId, shownModel(JSON.parse(json) as DocumentModel));
  }

  /** The models that stand in a body. O(records). */
  learnFrom(body: Uint8Array): void {
    const reader = new ByteReader(body);
    while (reader.remaining > 0) {
      const { kind, end } = readRecordHeader(reader);
      if (kind === RECORD.model) this.learn([readModel(reader)]);
      reader.seek(end, body.length);
    }
  }

  /** The lines of a body, the first of which begins a line. @param firstSeq of its first transaction. */
  textOf(body: Uint8Array, firstSeq: number): string {
    const lines: string[] = [];
    let seq = firstSeq;
    let length = 0;
    let leftOut = 0;
    const reader = new ByteReader(body);
    while (reader.remaining > 0) {
      const { kind, end } = readRecordHeader(reader);
      if (kind === RECORD.model) this.learn([readModel(reader)]);
      else if (kind === RECORD.transaction && length > MOST_CHARACTERS) leftOut++;
      else if (kind === RECORD.transaction) {
        reader.seek(reader.position, end);
        const line = JSON.stringify(this.#transaction(reader, end, seq++));
        length += line.length;
        lines.push(line);
      }
      reader.seek(end, body.length);
    }
    if (leftOut > 0) lines.push(JSON.stringify({ leftOut }));
    return `\n${lines.map((line) => `${line}\n`).join('')}`;
  }

  #transaction(reader: ByteReader, end: number, seq: number): Json {
    const { timeMs, origin, command, effectCount } = readTransactionHeader(reader);
    const effects: Json[] = [];
    for (let index = 0; index < effectCount; index++)
      readEffect(reader, end, {
        put: (modelId, key, revision, expiresAt, documents, unknownFields) => {
          effects.push({
            put: this.#nameOf(modelId),
            key: shownKey(key),
            revision,
            ...(expiresAt !== undefined && { expires: shownTime(expiresAt) }),
            document: this.#document(modelId, documents),
            ...(unknownFields && { unknownFields: anyToJson(decodeAnyValue(new ByteReader(unknownFields))) }),
          });
        },
        delete: (modelId, key) => effects.push({ delete: this.#nameOf(modelId), key: shownKey(key) }),
        sequence: (modelId, value) => effects.push({ sequence: this.#nameOf(modelId), value }),
      });
    return { seq, time: shownTime(timeMs), ...(origin !== 'live' && { origin }), ...(command && { command }), effects };
  }

  #nameOf(modelId: number): string {
    return this.#models.get(modelId)?.collection ?? `model ${modelId}`;
  }

  #document(modelId: number, reader: ByteReader): unknown {
    const model = this.#models.get(modelId);
    if (model === undefined) return { notShown: 'its model does not stand in this page' };
    try {
      const document = model.codec.decode(reader);
      const json: Json = {};
      for (const { name, values } of model.fields)
        if (document[name] !== undefined) json[name] = values.toJson(document[name]);
      return json;
    } catch (error) {
      return { notShown: (error as Error).message };
    }
  }
}

function shownModel({ collection, fields }: DocumentModel): ShownModel {
  return {
    collection,
    codec: createModelCodec({ fields }) as DocumentCodec<Json>,
    fields: fields.map(({ name, type }: FieldModel) => ({ name, values: jsonValues(type) })),
  };
}

function shownKey(key: unknown): unknown {
  return anyToJson(key);
}

function shownTime(timeMs: number): unknown {
  const date = new Date(timeMs);
  return Number.isNaN(date.getTime()) ? timeMs : date.toISOString();
}
