/**
 * Everything that a process draws by chance or reads from the machine, by a seed: `Math.random`, `node:crypto`, `Date.now`.
 * Warnings of the process are noted instead of printed.
 */
import crypto from 'node:crypto';
import { SeededRandom } from '../../runtime/src/testing/seeded-random.js';

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

/** @returns what gives the process back. */
export function seedProcess(seed: number, wallMs: () => number, onWarning: (text: string) => void): () => void {
  const random = new SeededRandom(seed);
  const source = crypto as Writable<typeof crypto>;
  const { randomInt, randomUUID, randomBytes, randomFillSync } = source;
  const { random: chance } = Math;
  const { now } = Date;
  const { emitWarning } = process;
  const fill = (bytes: Uint8Array): void => {
    for (let index = 0; index < bytes.length; index++) bytes[index] = random.between(0, 255);
  };
  Math.random = () => random.next();
  Date.now = wallMs;
  process.emitWarning = (warning: string | Error) => onWarning(String(warning));
  source.randomInt = ((least: number, limit: number) => random.between(least, limit - 1)) as typeof randomInt;
  source.randomBytes = ((byteCount: number) => {
    const bytes = Buffer.alloc(byteCount);
    fill(bytes);
    return bytes;
  }) as typeof randomBytes;
  source.randomFillSync = ((bytes: NodeJS.ArrayBufferView) => {
    fill(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return bytes;
  }) as typeof randomFillSync;
  source.randomUUID = (() => {
    const hex = source.randomBytes(16).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  }) as typeof randomUUID;
  return () => {
    Math.random = chance;
    Date.now = now;
    process.emitWarning = emitWarning;
    Object.assign(source, { randomInt, randomUUID, randomBytes, randomFillSync });
  };
}
