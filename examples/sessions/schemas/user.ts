import { Document, Id, Index } from '@nuthatch/decorators';
import { IsEmail } from 'class-validator';

/** A person who can sign in. */
@Document()
export class User {
  @Id({ generate: 'uuidv7' }) readonly id!: string;
  @Index({ caseInsensitive: true }) @IsEmail() email!: string;
  /** Salt and scrypt hash: see passwords.ts. */
  passwordHash!: string;
  /** Wrong passwords since the last right one. */
  wrongCount: number = 0;
  /** No password is tried before this time. */
  lockedUntil?: Date;
}
