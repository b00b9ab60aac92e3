import { UuidGenerator } from './uuid-generator.js';

const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('UuidGenerator', () => {
  it('writes version, variant and time as RFC 9562 has them', () => {
    const id = new UuidGenerator(() => 0x017f22e279b0).next();
    expect(id).toMatch(FORM);
    expect(id.startsWith('017f22e2-79b0-7')).toBe(true);
  });

  it('grows while the clock stands still, and when it steps back', () => {
    let nowMs = 1_700_000_000_000;
    const generator = new UuidGenerator(() => nowMs);
    const ids: string[] = [];
    for (let index = 0; index < 20_000; index++) {
      if (index % 1000 === 0) nowMs -= 5;
      ids.push(generator.next());
    }
    expect(ids.every((id) => FORM.test(id))).toBe(true);
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('makes different ids in different generators', () => {
    const clock = (): number => 5;
    expect(new UuidGenerator(clock).next()).not.toBe(new UuidGenerator(clock).next());
  });
});
