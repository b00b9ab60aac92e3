/** The arguments of callers: checked before anything happens. */
import { DatabaseError } from '@nuthatch/model';

/** @throws DatabaseError `INVALID_OPTION`. */
export function requireFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw refused(name, 'a function', value);
}

/** @throws DatabaseError `INVALID_OPTION`. */
export function requireText(name: string, value: unknown): void {
  if (typeof value !== 'string') throw refused(name, 'a text', value);
}

/** @throws DatabaseError `INVALID_OPTION`. */
export function requireCount(name: string, value: unknown, most = Number.MAX_SAFE_INTEGER): void {
  const isGood = typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= most;
  if (!isGood) throw refused(name, `a whole number from 1 to ${most}`, value);
}

/** @throws DatabaseError `INVALID_OPTION`. */
export function requireObject(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused(name, 'an object', value);
}

/** @throws DatabaseError `INVALID_OPTION`. */
export function requireSignal(name: string, value: unknown): void {
  const signal = (typeof value === 'object' && value !== null ? value : {}) as Partial<AbortSignal>;
  const isGood = typeof signal.aborted === 'boolean' && typeof signal.addEventListener === 'function';
  if (!isGood) throw refused(name, 'an AbortSignal', value);
}

export function refused(name: string, expected: string, value: unknown): DatabaseError {
  return new DatabaseError('INVALID_OPTION', `\`${name}\` must be ${expected}, found ${shown(value)}`, {
    option: name,
  });
}

function shown(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value === undefined ? 'undefined' : `a value of type ${typeof value}`;
}
