/** The plainest possible players: a Map and loops. What the engine is compared with. */
import type { ErrorCode } from '@nuthatch/model';

export interface PlainPlayer {
  readonly id: string;
  readonly email: string;
  readonly clubs: readonly string[];
  readonly age: number;
  readonly name: string;
  readonly nick: string | undefined;
}

export interface Held {
  readonly player: PlainPlayer;
  readonly revision: number;
}

export type PlainPatch = Partial<Omit<PlainPlayer, 'id'>>;

export type Operation =
  | { readonly kind: 'insert' | 'upsert' | 'insertIfAbsent'; readonly player: PlainPlayer }
  | { readonly kind: 'insertMany'; readonly players: readonly PlainPlayer[] }
  | {
      readonly kind: 'update';
      readonly id: string;
      readonly patch: PlainPatch;
      readonly ifRevision: number | undefined;
    }
  | { readonly kind: 'delete'; readonly id: string }
  | { readonly kind: 'deleteMany'; readonly age: number }
  | { readonly kind: 'updateMany'; readonly club: string; readonly patch: PlainPatch }
  | { readonly kind: 'swapEmails'; readonly a: string; readonly b: string };

export class Refused {
  constructor(readonly code: ErrorCode) {}
}

export class ReferencePlayers {
  #held = new Map<string, Held>();

  all(): readonly PlainPlayer[] {
    return [...this.#held.values()].map(({ player }) => player);
  }

  get(id: string): Held | undefined {
    return this.#held.get(id);
  }

  /** Runs operations as one transaction. @returns the code it is refused with, or undefined. */
  run(operations: readonly Operation[], isDeferring: boolean, doesThrow: boolean): ErrorCode | 'thrown' | undefined {
    const before = new Map(this.#held);
    try {
      for (const operation of operations) this.#apply(operation, isDeferring || operation.kind === 'updateMany');
      if (doesThrow) throw new Refused('ABORTED');
      this.#requireUnique();
      return undefined;
    } catch (error) {
      this.#held = before;
      if (error instanceof Refused) return doesThrow && error.code === 'ABORTED' ? 'thrown' : error.code;
      throw error;
    }
  }

  #apply(operation: Operation, isDeferring: boolean): void {
    switch (operation.kind) {
      case 'insert':
        this.#insert(operation.player, isDeferring);
        break;
      case 'insertMany':
        for (const player of operation.players) this.#insert(player, isDeferring);
        break;
      case 'upsert':
        this.#put(operation.player, isDeferring);
        break;
      case 'insertIfAbsent':
        requireValid(operation.player);
        if (!this.#held.has(operation.player.id)) this.#put(operation.player, isDeferring);
        break;
      case 'update':
        this.#update(operation.id, operation.patch, operation.ifRevision, isDeferring);
        break;
      case 'delete':
        this.#held.delete(operation.id);
        break;
      case 'deleteMany':
        for (const { id, age } of this.all()) if (age >= operation.age) this.#held.delete(id);
        break;
      case 'updateMany':
        for (const { id, clubs } of this.all())
          if (clubs.includes(operation.club)) this.#update(id, operation.patch, undefined, isDeferring);
        break;
      default:
        this.#swap(operation.a, operation.b, isDeferring);
    }
  }

  #swap(a: string, b: string, isDeferring: boolean): void {
    const first = this.#held.get(a);
    const second = this.#held.get(b);
    if (first === undefined || second === undefined) return;
    this.#update(a, { email: second.player.email }, undefined, isDeferring);
    this.#update(b, { email: first.player.email }, undefined, isDeferring);
  }

  #insert(player: PlainPlayer, isDeferring: boolean): void {
    requireValid(player);
    if (this.#held.has(player.id)) throw new Refused('DUPLICATE_KEY');
    this.#put(player, isDeferring);
  }

  #update(id: string, patch: PlainPatch, ifRevision: number | undefined, isDeferring: boolean): void {
    const held = this.#held.get(id);
    if (held === undefined) throw new Refused('DOCUMENT_NOT_FOUND');
    if (ifRevision !== undefined && held.revision !== ifRevision) throw new Refused('REVISION_MISMATCH');
    const player = { ...held.player, ...patch };
    if (!isSame(held.player, player)) this.#put(player, isDeferring);
  }

  #put(player: PlainPlayer, isDeferring: boolean): void {
    requireValid(player);
    this.#held.set(player.id, { player, revision: (this.#held.get(player.id)?.revision ?? 0) + 1 });
    // The engine reads the values of all indexes before it looks for collisions.
    if (Number.isNaN(player.age)) throw new Refused('INVALID_INDEX_VALUE');
    if (!isDeferring) this.#requireUnique();
  }

  #requireUnique(): void {
    const emails = new Set<string>();
    const nicks = new Set<string>();
    for (const { email, nick } of this.all()) {
      if (emails.has(email)) throw new Refused('DUPLICATE_KEY');
      emails.add(email);
      if (nick === undefined || nick === 'nobody') continue;
      if (nicks.has(nick)) throw new Refused('DUPLICATE_KEY');
      nicks.add(nick);
    }
  }
}

/** A patch that changes nothing writes nothing. */
function isSame(a: PlainPlayer, b: PlainPlayer): boolean {
  return (
    Object.is(a.age, b.age) &&
    a.email === b.email &&
    a.name === b.name &&
    a.nick === b.nick &&
    a.clubs.length === b.clubs.length &&
    a.clubs.every((club, index) => club === b.clubs[index])
  );
}

function requireValid(player: PlainPlayer): void {
  if (player.age > 120) throw new Refused('VALIDATION_FAILED');
}
