/**
 * Values of a field for the `n`th document of a factory: of its type, within the rules that are known, readable, and
 * the same in every run. Where a unique index asks for it, the value has the number in it.
 */
import { type FieldModel, type FieldType, type ObjectType, unfold } from '@nuthatch/model';
import { ulidText } from '../../collection/writing/ulid-generator.js';
import { uuidText } from '../../collection/writing/uuid-generator.js';
import type { SeededRandom } from '../seeded-random.js';
import { type Constraints, constraintsOf } from './constraints.js';
import { matchingText } from './matching-text.js';

const FIRST_TIME_MS = Date.UTC(2025, 0, 1);
const DAY_MS = 86_400_000;
const MOST_BY_DEFAULT = 100;
const BYTE_COUNT = 4;
const FLOAT_COUNT = 4;

/** What a value is made for. */
export interface Place {
  /** Name of the field, or of the one around it. */
  readonly name: string;
  /** Number of the document, from 1 on. */
  readonly number: number;
  /** No two documents may have the same. */
  readonly isUnique: boolean;
  /** Optional fields get a value too. */
  readonly isFull: boolean;
}

export class ValueMaker {
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** Undefined when there is none that this knows to make. */
  ofField({ type, rules }: FieldModel, place: Place): unknown {
    return this.#make(type, constraintsOf(rules), place);
  }

  /** As a generated id of version 7 is. */
  uuid(number: number): string {
    return uuidText(FIRST_TIME_MS + number, 0, this.#tenBytes());
  }

  /** As a generated ULID is. */
  ulid(number: number): string {
    return ulidText(FIRST_TIME_MS + number, this.#tenBytes());
  }

  #tenBytes(): Uint8Array {
    return Uint8Array.from({ length: 10 }, () => this.#random.between(0, 255));
  }

  #make(type: FieldType, asked: Constraints, place: Place): unknown {
    if (asked.allowed !== undefined) return asked.allowed[(place.number - 1) % asked.allowed.length];
    switch (type.kind) {
      case 'string':
        return this.#text(
          type.pattern === undefined ? asked : { ...asked, pattern: new RegExp(type.pattern, 'u') },
          place,
        );
      case 'number':
        return this.#number(asked, place);
      case 'bigint':
        return BigInt(Math.ceil(this.#number({ ...asked, isInteger: true }, place)));
      case 'boolean':
        return place.number % 2 === 1;
      case 'date':
        return new Date(FIRST_TIME_MS + place.number * DAY_MS);
      case 'bytes': {
        const bytes = Array.from({ length: BYTE_COUNT }, () => this.#random.between(0, 255));
        return type.className === 'Buffer' ? Buffer.from(bytes) : Uint8Array.from(bytes);
      }
      case 'floats':
        return Float32Array.from({ length: FLOAT_COUNT }, () => this.#random.between(-100, 100) / 64);
      case 'literal':
        return type.values[(place.number - 1) % type.values.length];
      case 'nullable':
        return place.isUnique || type.of.kind !== 'recursive' ? this.#make(type.of, asked, place) : null;
      case 'json':
        return type.isObject === true ? {} : `${place.name} ${place.number}`;
      case 'union':
        return this.#make(type.members[0]!, asked, place);
      case 'recursive':
        return this.#make(unfold(type), asked, { ...place, isFull: false });
      default:
        return this.#container(type, asked, place);
    }
  }

  #container(type: FieldType, asked: Constraints, place: Place): unknown {
    const count = place.isUnique || place.isFull ? Math.max(1, asked.leastCount ?? 0) : (asked.leastCount ?? 0);
    const each = asked.each ?? {};
    // Elements are told apart by their numbers, and no two documents have one in common.
    const at = (index: number): Place => ({ ...place, number: (place.number - 1) * count + index + 1, isUnique: true });
    switch (type.kind) {
      case 'array':
        return Array.from({ length: count }, (_, index) => this.#make(type.element, each, at(index)));
      case 'set':
        return new Set(Array.from({ length: count }, (_, index) => this.#make(type.element, each, at(index))));
      case 'map':
        return new Map(
          Array.from({ length: count }, (_, index) => [
            this.#make(type.key, {}, at(index)),
            this.#make(type.value, each, at(index)),
          ]),
        );
      case 'tuple':
        return type.elements.slice(0, type.least).map((element, index) => this.#make(element, each, at(index)));
      case 'record':
        return this.#fields(type.fields, place);
      case 'object':
        return this.#object(type, place);
      case 'variants': {
        const { value, type: of } = type.variants[(place.number - 1) % type.variants.length]!;
        return { ...this.#object(of, place), [type.discriminator]: value };
      }
      default:
        return undefined;
    }
  }

  #object({ fields }: ObjectType, place: Place): object {
    return this.#fields(fields, place);
  }

  #fields(fields: readonly FieldModel[], place: Place): object {
    const given = fields.filter(
      ({ optional, default: of }) => place.isFull || (!optional && (of === undefined || of.kind === 'now')),
    );
    return Object.fromEntries(given.map((field) => [field.name, this.ofField(field, { ...place, name: field.name })]));
  }

  #number(asked: Constraints, { number, isUnique }: Place): number {
    const { isInteger, divisor } = asked;
    const least = asked.least ?? Math.min(0, (asked.most ?? MOST_BY_DEFAULT) - MOST_BY_DEFAULT);
    const most = asked.most ?? Math.max(least + MOST_BY_DEFAULT, MOST_BY_DEFAULT);
    const step = divisor ?? 1;
    const from =
      Math.ceil(least / step) + (asked.isAboveLeast === true && Math.ceil(least / step) * step === least ? 1 : 0);
    const to =
      Math.floor(most / step) - (asked.isBelowMost === true && Math.floor(most / step) * step === most ? 1 : 0);
    if (from > to) return isInteger === true ? from * step : least + (most - least) / 2;
    // A unique one without an upper bound counts on and on.
    if (isUnique)
      return (asked.most === undefined ? from + number - 1 : from + ((number - 1) % (to - from + 1))) * step;
    return this.#random.between(from, to) * step;
  }

  #text(asked: Constraints, place: Place): string | undefined {
    const text = asked.pattern === undefined ? this.#ofForm(asked, place) : matchingText(asked.pattern, this.#random);
    if (text === undefined || asked.case === undefined) return text;
    return asked.case === 'upper' ? text.toUpperCase() : text.toLowerCase();
  }

  #ofForm(asked: Constraints, place: Place): string {
    const { number, name } = place;
    const letters = lettersOf(number);
    switch (asked.form) {
      case 'email':
        return this.#fitted(`${name.toLowerCase()}${number}`, letters, asked, '@example.com');
      case 'url':
        return `https://example.com/${letters}`;
      case 'ip':
        return `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
      case 'hexColor':
        return `#${(number & 0xffffff).toString(16).padStart(6, '0')}`;
      case 'uuid':
        return `${number.toString(16).padStart(8, '0')}-0000-4000-8000-${this.#hex(12)}`;
      case 'letters':
        return this.#fitted(`${name.replace(/[^a-z]/gi, '').toLowerCase()}${letters}`, letters, asked);
      case 'alphanumeric':
        return this.#fitted(`${name.replace(/[^a-z0-9]/gi, '').toLowerCase()}${number}`, letters, asked);
      default:
        return this.#fitted(place.isUnique ? `${name}-${number}` : `${name} ${number}`, letters, asked);
    }
  }

  /** The long form or, where that has no room, the short one. */
  #fitted(long: string, short: string, asked: Constraints, end = ''): string {
    const { leastLength = 0, mostLength = Number.POSITIVE_INFINITY, contained = '' } = asked;
    const room = mostLength - end.length - contained.length;
    const begin = long.length <= room ? long : short;
    return contained + begin.padStart(leastLength - end.length - contained.length, 'x') + end;
  }

  #hex(count: number): string {
    return Array.from({ length: count }, () => this.#random.between(0, 15).toString(16)).join('');
  }
}

/** 1 → a, 26 → z, 27 → aa. */
function lettersOf(number: number): string {
  let text = '';
  for (let rest = number; rest > 0; rest = Math.floor((rest - 1) / 26))
    text = String.fromCharCode(97 + ((rest - 1) % 26)) + text;
  return text;
}
