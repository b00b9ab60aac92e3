/**
 * Commands: business steps as classes with a typed result. The journal holds their effects, so a replay never runs
 * their code; name and arguments (own enumerable fields, as JSON) stand beside the effects for the audit trail.
 */
import { DatabaseError } from '@nuthatch/model';
import { type Environment, REAL_ENVIRONMENT } from '../collection/writing/environment.js';

export interface Command<Tx, T = void> {
  /** Synchronous; may throw to take everything back. */
  execute(collections: Tx, context: CommandContext): T;
}

/** Clock, ids and random numbers of one command. */
export class CommandContext {
  /** The time of the command: one for all of its steps. */
  readonly now: Date;
  readonly #environment: Environment;

  /** Made by `db.commit`. @param environment left out: the machine's. */
  constructor(environment: Environment = REAL_ENVIRONMENT) {
    this.#environment = environment;
    this.now = Object.freeze(new Date(environment.clock.now()));
  }

  /** A new UUID version 7. */
  uuid(): string {
    return this.#environment.ids.uuid();
  }

  /** A new ULID. */
  ulid(): string {
    return this.#environment.ids.ulid();
  }

  /** A number from 0 up to, not including, 1. */
  random(): number {
    return this.#environment.random();
  }
}

/**
 * The command's own fields as they are journaled; a bigint becomes `{ bigint: digits }`.
 *
 * @throws DatabaseError `INVALID_OPTION` for arguments that JSON cannot hold.
 */
export function argumentsJson(command: object): string {
  try {
    const text: unknown = JSON.stringify(command, (_, value: unknown) =>
      typeof value === 'bigint' ? { bigint: String(value) } : value,
    );
    return typeof text === 'string' ? text : 'null';
  } catch (cause) {
    const what = `the arguments of the command ${commandName(command)} cannot be journaled as JSON`;
    throw new DatabaseError('INVALID_OPTION', what, { option: 'command' }, { cause });
  }
}

/** Its name in the audit trail: its class's name, as it is at run time. */
export function commandName(command: object): string {
  const name: unknown = (command.constructor as { readonly name?: unknown } | undefined)?.name;
  return typeof name === 'string' && name !== '' ? name : 'command';
}
