/**
 * SHA-256 of a text, as in FIPS 180-4: Node's where there is one, else own code, so that the model package imports
 * nothing and runs in any engine. It hashes a few kilobytes at generation and open, never on a hot path. O(length).
 */
const ROUND_CONSTANTS = fractionBits(64, 3);
const INITIAL_STATE = fractionBits(8, 2);

/** @returns the digest as 64 lower-case hexadecimal digits. */
export function sha256Hex(text: string): string {
  return CRYPTO ? CRYPTO.createHash('sha256').update(text).digest('hex') : portableSha256Hex(text);
}

/** The part of `node:crypto` that is used. */
interface NodeCrypto {
  createHash(name: string): { update(text: string): { digest(encoding: 'hex'): string } };
}

/** Node hands out its modules without an import since 20.16; elsewhere there is nothing of the name. */
const CRYPTO = (
  globalThis as { readonly process?: { getBuiltinModule?(name: string): NodeCrypto | undefined } }
).process?.getBuiltinModule?.('node:crypto');

/** The same by own code. */
export function portableSha256Hex(text: string): string {
  const state = INITIAL_STATE.slice();
  const message = padded(new TextEncoder().encode(text));
  const schedule = new Uint32Array(64);
  for (let offset = 0; offset < message.byteLength; offset += 64) compress(state, schedule, message, offset);
  return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('');
}

/** The message, a one bit, zeros, and its length in bits as 64 bits big-endian: a multiple of 64 bytes. */
function padded(bytes: Uint8Array): DataView {
  const byteCount = Math.ceil((bytes.length + 9) / 64) * 64;
  const message = new Uint8Array(byteCount);
  message.set(bytes);
  message[bytes.length] = 0x80;
  const view = new DataView(message.buffer);
  view.setUint32(byteCount - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(byteCount - 4, bytes.length * 8);
  return view;
}

function compress(state: Uint32Array, schedule: Uint32Array, message: DataView, offset: number): void {
  for (let t = 0; t < 16; t++) schedule[t] = message.getUint32(offset + t * 4);
  for (let t = 16; t < 64; t++) {
    const w15 = schedule[t - 15]!;
    const w2 = schedule[t - 2]!;
    const s0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >>> 3);
    const s1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >>> 10);
    schedule[t] = schedule[t - 16]! + s0 + schedule[t - 7]! + s1;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let t = 0; t < 64; t++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const choice = (e & f) ^ (~e & g);
    const t1 = (h + s1 + choice + ROUND_CONSTANTS[t]! + schedule[t]!) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const t2 = (s0 + majority) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  const sums = [a, b, c, d, e, f, g, h];
  for (let i = 0; i < 8; i++) state[i] = state[i]! + sums[i]!;
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

/** The first 32 bits of the fractional parts of the `root`-th roots of the first `count` primes (FIPS 180-4 §4.2.2, §5.3.3). */
function fractionBits(count: number, root: 2 | 3): Uint32Array {
  const words = new Uint32Array(count);
  let found = 0;
  for (let candidate = 2; found < count; candidate++) {
    let isPrime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) if (candidate % divisor === 0) isPrime = false;
    if (!isPrime) continue;
    words[found++] = fractionOfRoot(BigInt(candidate), root);
  }
  return words;
}

/** floor(prime^(1/root) · 2^32) mod 2^32, by bisection over exact integers. */
function fractionOfRoot(prime: bigint, root: 2 | 3): number {
  const target = prime << BigInt(32 * root);
  let low = 0n;
  let high = prime << 32n;
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** BigInt(root) <= target) low = middle;
    else high = middle - 1n;
  }
  return Number(low & 0xffffffffn);
}
