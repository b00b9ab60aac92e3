/** Values that JavaScript has and that no store can keep, count on or walk through: refused with a code. */
import { openKeyValue, plain } from '../../packages/runtime/src/index.js';

const REFUSED = expect.objectContaining({ code: 'VALIDATION_FAILED' });

function handedOver(): Uint8Array {
  const bytes = new Uint8Array(4);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

it('are bytes whose memory was handed over', async () => {
  await using store = await openKeyValue();
  await expect(store.set('bytes', handedOver())).rejects.toEqual(REFUSED);
  expect(() => plain({ bytes: handedOver() })).toThrow(REFUSED);
  expect(store.size).toBe(0);
});

it('are objects that contain themselves', async () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = [circle];
  await using store = await openKeyValue();
  await expect(store.set('circle', circle)).rejects.toEqual(REFUSED);
  expect(() => plain(circle)).toThrow(REFUSED);
});

it('are counters that stand still', async () => {
  await using store = await openKeyValue<number>();
  await store.set('large', 2 ** 53);
  await store.set('small', 0.1);
  await expect(store.increment('large', 0.5)).rejects.toEqual(REFUSED);
  await expect(store.increment('small', 1e-300)).rejects.toEqual(REFUSED);
  expect(await store.increment('small', 0.2)).toBe(0.30000000000000004);
});
