/**
 * What can happen to sessions, as commands: each is one transaction, and the journal keeps its name and its fields
 * beside its effects. So no field holds a password or a token.
 */
import type { Command, CommandContext } from '@nuthatch/runtime';
import type { Session, TransactionRepositories, User } from './generated/index.js';

const MAX_SESSIONS_PER_USER = 3;
const MAX_WRONG_PASSWORDS = 3;
const LOCK_MS = 15 * 60_000;

type Collections = TransactionRepositories;
type Stored<T> = Readonly<T>;

export class SignUp implements Command<Collections, Stored<User>> {
  readonly #passwordHash: string;

  constructor(
    readonly email: string,
    passwordHash: string,
  ) {
    // A private field is not journaled with the command; the user document holds the hash.
    this.#passwordHash = passwordHash;
  }

  /** @throws DatabaseError `DUPLICATE_KEY` when the address is taken. */
  execute(tx: Collections): Stored<User> {
    return tx.user.insert({ email: this.email, passwordHash: this.#passwordHash });
  }
}

export class SignIn implements Command<Collections, Stored<Session>> {
  constructor(
    readonly user: string,
    readonly session: string,
    readonly device: string,
    readonly lifetimeMs: number,
  ) {}

  /** Signs the oldest device out when the user has too many. */
  execute(tx: Collections, { now }: CommandContext): Stored<Session> {
    const oldestFirst = tx.session.findByUser(this.user).orderBy('signedInAt').keys();
    for (const key of oldestFirst.slice(0, Math.max(0, oldestFirst.length - MAX_SESSIONS_PER_USER + 1)))
      tx.session.delete(key);
    tx.user.update(this.user, { wrongCount: 0, lockedUntil: undefined });
    const expiresAt = new Date(now.getTime() + this.lifetimeMs);
    return tx.session.insert({
      id: this.session,
      user: this.user,
      device: this.device,
      signedInAt: now,
      expiresAt,
    });
  }
}

export class WrongPassword implements Command<Collections, Stored<User>> {
  constructor(readonly user: string) {}

  execute(tx: Collections, { now }: CommandContext): Stored<User> {
    const { wrongCount } = tx.user.increment(this.user, 'wrongCount');
    if (wrongCount < MAX_WRONG_PASSWORDS) return tx.user.require(this.user);
    return tx.user.update(this.user, { wrongCount: 0, lockedUntil: new Date(now.getTime() + LOCK_MS) });
  }
}

export class Extend implements Command<Collections> {
  constructor(
    readonly session: string,
    readonly lifetimeMs: number,
  ) {}

  execute(tx: Collections, { now }: CommandContext): void {
    tx.session.update(this.session, { expiresAt: new Date(now.getTime() + this.lifetimeMs) });
  }
}

export class SignOut implements Command<Collections, boolean> {
  constructor(readonly session: string) {}

  execute(tx: Collections): boolean {
    return tx.session.delete(this.session);
  }
}

export class SignOutEverywhere implements Command<Collections, number> {
  constructor(readonly user: string) {}

  execute(tx: Collections): number {
    return tx.session.deleteMany({ user: this.user });
  }
}
