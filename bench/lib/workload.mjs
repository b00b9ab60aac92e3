/**
 * The workload: documents and draws as pure functions of a number, so that every process makes the same ones and the
 * right answer to a question is known without asking a store.
 */

/** Documents of one age: two neighbouring ages hold the 100 documents of the ordered range. */
const DOCUMENTS_PER_AGE = 50;
/** Documents of one tag, on average, at two tags each. */
const DOCUMENTS_PER_TAG = 200;
const FIRST_AGE_DAYS = 6_570;
export const RANGE_LIMIT = 100;
export const PAGE_DOCUMENTS = 1_000;
/** Draws of one kind: more than a processor keeps at hand; a power of two, so that a loop may wrap around with a mask. */
export const DRAWS = 262_144;

/** Integer hash (finaliser of MurmurHash3): scatters document numbers without any state. */
function scatter(number, salt) {
  let h = (number ^ Math.imul(salt, 0x9e3779b1)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Makes what is asked for about `documents` documents. */
export class Workload {
  constructor(documents) {
    this.documents = documents;
    this.tagCount = Math.max(2, Math.round((documents * 2) / DOCUMENTS_PER_TAG));
    this.ageCount = Math.max(3, Math.floor(documents / DOCUMENTS_PER_AGE));
    // A step without a common divisor walks over all numbers: ages come in no order, yet each has the same share.
    let step = Math.floor(documents * 0.618) | 1;
    while (greatestCommonDivisor(step, documents) !== 1) step += 2;
    this.step = step;
  }

  id(i) {
    return `person-${String(i).padStart(8, '0')}`;
  }

  email(i) {
    return `${scatter(i, 1).toString(36)}.${i.toString(36)}@mail.example.org`;
  }

  tag(number) {
    return `tag-${String(number).padStart(5, '0')}`;
  }

  age(i) {
    return FIRST_AGE_DAYS + (Math.floor(((i * this.step) % this.documents) / DOCUMENTS_PER_AGE) % this.ageCount);
  }

  /** JSON text of document `i`; parsing it makes a document as one that arrived from outside, strings flat. */
  json(i) {
    const first = scatter(i, 2) % this.tagCount;
    const second = (first + 1 + (scatter(i, 3) % (this.tagCount - 1))) % this.tagCount;
    return JSON.stringify({
      id: this.id(i),
      email: this.email(i),
      name: `Firstname${scatter(i, 4) % 1000} Lastname${scatter(i, 5) % 10000}`,
      tags: [this.tag(first), this.tag(second)],
      age: this.age(i),
      createdAt: 1_700_000_000_000 + (scatter(i, 6) % 31_536_000) * 1000,
    });
  }

  /** @returns {import('./store.mjs').Person} document `i`, a fresh object */
  document(i) {
    return JSON.parse(this.json(i));
  }

  /** Pages of fresh documents from `first` up to, not with, `end`. */
  *pages(first = 0, end = this.documents) {
    for (let start = first; start < end; start += PAGE_DOCUMENTS) {
      const texts = [];
      for (let i = start; i < Math.min(end, start + PAGE_DOCUMENTS); i++) texts.push(this.json(i));
      yield JSON.parse(`[${texts.join(',')}]`);
    }
  }

  /** Document numbers drawn at random, the same for one `seed` in every process. */
  numbers(seed, count = DRAWS, below = this.documents) {
    const drawn = new Array(count);
    for (let i = 0; i < count; i++) drawn[i] = scatter(i, 1000 + seed) % below;
    return drawn;
  }

  ids(seed, count) {
    return flat(this.numbers(seed, count).map((i) => this.id(i)));
  }

  emails(seed, count) {
    return flat(this.numbers(seed, count).map((i) => this.email(i)));
  }

  tags(seed, count) {
    return flat(this.numbers(seed, count, this.tagCount).map((i) => this.tag(i)));
  }

  /** Ages whose next one exists too, so that [age, age + 2) holds two ages. */
  ages(seed, count) {
    return this.numbers(seed, count, this.ageCount - 1).map((i) => FIRST_AGE_DAYS + i);
  }

  names(seed, count) {
    return flat(this.numbers(seed, count, 1_000_000).map((i) => `Newname${i} Afterwards`));
  }
}

/** Strings that are one piece of memory, as keys from a network are, and not ropes still to be joined. */
function flat(strings) {
  return JSON.parse(JSON.stringify(strings));
}

function greatestCommonDivisor(a, b) {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
