import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { portableSha256Hex, sha256Hex } from './sha-256.js';

describe.each([
  ['the one of the engine that runs it', sha256Hex],
  ['own code', portableSha256Hex],
])('SHA-256 by %s', (_, hash) => {
  it('agrees with the examples of FIPS 180-4', () => {
    expect(hash('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(hash('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it("agrees with Node's own for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(hash(text)).toBe(createHash('sha256').update(text).digest('hex'));
      }),
    );
  });

  it('agrees where halves of surrogate pairs stand alone', () => {
    for (const text of ['\ud800', 'a\udc00b', '\udc00\ud800', '😀'])
      expect(hash(text)).toBe(createHash('sha256').update(text).digest('hex'));
  });

  it('agrees at every length around the ends of blocks', () => {
    for (let length = 0; length < 200; length++) {
      const text = 'x'.repeat(length);
      expect(hash(text)).toBe(createHash('sha256').update(text).digest('hex'));
    }
  });
});
