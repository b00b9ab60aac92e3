/** What a web service would call: sign up, sign in, who has this token, sign out. */

import { Extend, SignIn, SignOut, SignOutEverywhere, SignUp, WrongPassword } from './commands.js';
import type { NuthatchDatabase, User } from './generated/index.js';
import { hashPassword, hashToken, isPassword, newToken } from './passwords.js';

export type SignInAnswer =
  | { readonly token: string }
  | { readonly refused: 'wrong email or password' | 'locked'; readonly until?: Date };

export class Accounts {
  readonly #db: NuthatchDatabase;
  readonly #sessionMs: number;
  /** For unknown addresses, so that they take as long as wrong passwords. */
  readonly #decoy = hashPassword('decoy');

  /** @param sessionMs a session ends this long after its last use. */
  constructor(db: NuthatchDatabase, sessionMs = 30 * 60_000) {
    this.#db = db;
    this.#sessionMs = sessionMs;
  }

  /** @throws DatabaseError `VALIDATION_FAILED` for a bad address, `DUPLICATE_KEY` for one that is taken. */
  async signUp(email: string, password: string): Promise<Readonly<User>> {
    return this.#db.commit(new SignUp(email, await hashPassword(password)));
  }

  async signIn(email: string, password: string, device: string): Promise<SignInAnswer> {
    const user = this.#db.user.findByEmail(email);
    if (user?.lockedUntil !== undefined && user.lockedUntil.getTime() > Date.now())
      return { refused: 'locked', until: user.lockedUntil };
    const isRight = await isPassword(password, user?.passwordHash ?? (await this.#decoy));
    if (user === undefined) return { refused: 'wrong email or password' };
    if (!isRight) {
      const { lockedUntil } = await this.#db.commit(new WrongPassword(user.id));
      return lockedUntil === undefined
        ? { refused: 'wrong email or password' }
        : { refused: 'locked', until: lockedUntil };
    }
    const token = newToken();
    await this.#db.commit(new SignIn(user.id, hashToken(token), device, this.#sessionMs));
    return { token };
  }

  /**
   * The user of a token, and nothing for one that is unknown, signed out or expired. Synchronous: for every request.
   * The session's end moves only after a tenth of its time, so that most requests write nothing.
   */
  userOf(token: string): Readonly<User> | undefined {
    const session = this.#db.session.get(hashToken(token));
    if (session === undefined) return undefined;
    const leftMs = session.expiresAt.getTime() - Date.now();
    if (leftMs <= 0) return undefined;
    if (leftMs < this.#sessionMs * 0.9)
      this.#db.commit(new Extend(session.id, this.#sessionMs)).catch((error: unknown) => {
        // The request goes on; a session that could not be extended ends earlier.
        process.emitWarning(`a session was not extended: ${error}`);
      });
    return this.#db.user.get(session.user);
  }

  signOut(token: string): Promise<boolean> {
    return this.#db.commit(new SignOut(hashToken(token)));
  }

  /** @returns how many devices were signed in. */
  signOutEverywhere(user: string): Promise<number> {
    return this.#db.commit(new SignOutEverywhere(user));
  }

  devicesOf(user: string): string[] {
    return this.#db.session
      .findByUser(user)
      .orderBy('signedInAt')
      .all()
      .map(({ device }) => device);
  }
}
