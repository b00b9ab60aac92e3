/** Passwords are kept as scrypt hashes, tokens as SHA-256 hashes: neither can be read back from the data. */
import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const scryptOf = promisify<string, Buffer, number, Buffer>(scrypt);
const KEY_BYTES = 32;

/** `salt:hash`, both in hexadecimal. Takes some 50 ms of another thread, on purpose. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `${salt.toString('hex')}:${(await scryptOf(password, salt, KEY_BYTES)).toString('hex')}`;
}

export async function isPassword(password: string, stored: string): Promise<boolean> {
  const [salt = '', hash = ''] = stored.split(':');
  const given = await scryptOf(password, Buffer.from(salt, 'hex'), KEY_BYTES);
  return timingSafeEqual(given, Buffer.from(hash, 'hex'));
}

export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** The id of a token's session. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
