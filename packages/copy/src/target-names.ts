/**
 * Names of tables, columns and indexes in a target: each is given once, none is one that the target or a copy keeps to
 * itself, and all fit.
 *
 * Names are compared without regard to case. A name that is too long is cut and gets a few digits of its hash; a reserved one gets `_` before it; one that is taken
 * gets a number after it.
 */
import { createHash } from 'node:crypto';
import { DatabaseError } from '@nuthatch/model';

/** A target's rules for names. */
export interface NameRules {
  /** The name that the target can hold in the place of a wanted one. Default: at most 60 bytes. */
  readonly fit?: ((wanted: string) => string) | undefined;
  /** The same for tables and indexes, where the target takes other names for them. Default: `fit`. */
  readonly fitTable?: ((wanted: string) => string) | undefined;
  /** Names of tables, prefix included, that the target keeps to itself. Default none. */
  readonly isReservedTable?: ((name: string) => boolean) | undefined;
  /** Names of columns that the target keeps to itself. Default none. */
  readonly isReservedColumn?: ((name: string) => boolean) | undefined;
}

/** Fits the narrowest of the SQL databases: PostgreSQL cuts at 63 bytes. */
const MAX_NAME_BYTES = 60;

/** Cuts a name that is too long, and tells it from others that are cut alike. */
export function fitName(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  let head = name.slice(0, MAX_NAME_BYTES);
  while (Buffer.byteLength(head) > MAX_NAME_BYTES - 9) head = [...head].slice(0, -1).join('');
  return `${head}_${digitsOf(name)}`;
}

/** Eight digits that tell a name from others. Persistent: never change. */
export function digitsOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 8);
}

/** Names that the target tells apart. */
export class NameSet {
  readonly #taken = new Set<string>();
  readonly #fit: (wanted: string) => string;
  readonly #isReserved: (name: string) => boolean;

  constructor(rules: NameRules, isReserved: (name: string) => boolean = () => false) {
    this.#fit = rules.fit ?? fitName;
    this.#isReserved = isReserved;
  }

  /** @throws DatabaseError `INVALID_OPTION` for a name that no target can hold. */
  take(wanted: string, prefix = ''): string {
    let base = this.#fit(prefix + wanted);
    if (base.includes('\0') || base === '' || !base.isWellFormed())
      throw new DatabaseError('INVALID_OPTION', `${JSON.stringify(base)} cannot be the name of a table or column`, {
        option: 'tablePrefix',
      });
    if (this.#isReserved(base)) base = this.#fit(`${prefix}_${wanted}`);
    let name = base;
    for (let number = 2; this.#taken.has(name.toLowerCase()); number++) name = this.#fit(`${base}_${number}`);
    this.#taken.add(name.toLowerCase());
    return name;
  }
}
