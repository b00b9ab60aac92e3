import fc from 'fast-check';
import { endOfFrames, readFile, replaceFile } from '../../test/disk-fixture.js';
import { letPass, stopClock } from '../../test/support/test-clock.js';
import { MemoryFileSystem } from '../file-system/memory-file-system.js';
import { openKeyValue } from './key-value-store.js';

const FILE = '/data/kv';
const PAGE = `${FILE}/page-0000000001.nut`;

/** The store's files at this moment, as a crash would leave them. */
async function copyOf(fileSystem: MemoryFileSystem): Promise<MemoryFileSystem> {
  const copy = new MemoryFileSystem();
  await copy.makeDirectory(FILE);
  for (const name of await fileSystem.list(FILE)) {
    if ((await fileSystem.stat(`${FILE}/${name}`))?.kind === 'file')
      await replaceFile(copy, `${FILE}/${name}`, await readFile(fileSystem, `${FILE}/${name}`));
  }
  return copy;
}

/** Everything a store takes, nested. */
const anyValue = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.bigInt(),
    fc.date({ noInvalidDate: false }),
    fc.uint8Array(),
    fc.array(tie('value')),
    fc.uniqueArray(tie('value')).map((elements) => new Set(elements)),
    fc.array(fc.tuple(tie('value'), tie('value'))).map((pairs) => new Map(pairs)),
    fc.dictionary(fc.oneof(fc.string(), fc.constant('__proto__')), fc.oneof(tie('value'), fc.constant(undefined)), {
      noNullPrototype: true,
    }),
  ),
})).value;

/** A text that says all of a value, order included: comparing nested maps and sets by their contents is quadratic. */
function shown(value: unknown): string {
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return String(value);
  const list = (elements: Iterable<unknown>): string => Array.from(elements, shown).join();
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (value instanceof Uint8Array) return `Uint8Array(${value.join()})`;
  if (value instanceof Map) return `Map(${list(Array.from(value).flat(1))})`;
  if (value instanceof Set) return `Set(${list(value)})`;
  return Array.isArray(value) ? `[${list(value)}]` : `{${list(Object.entries(value).flat(1))}}`;
}

afterEach(() => void jest.useRealTimers());

describe('a key-value store in memory', () => {
  it('sets, gets, counts, lists, deletes and clears', async () => {
    await using store = await openKeyValue();
    await store.set('a', 1);
    await store.set('b', { deep: [new Date(5), new Map([['x', 1n]])] });
    await store.set('a', 'two');
    expect([store.size, store.get('a'), store.has('b'), store.get('c'), store.has('c')]).toEqual([
      2,
      'two',
      true,
      undefined,
      false,
    ]);
    expect([...store.keys()].sort()).toEqual(['a', 'b']);
    expect(new Map(store)).toEqual(
      new Map<string, unknown>([
        ['a', 'two'],
        ['b', { deep: [new Date(5), new Map([['x', 1n]])] }],
      ]),
    );
    expect([...store.values()]).toHaveLength(2);
    expect([await store.delete('a'), await store.delete('a'), store.size]).toEqual([true, false, 1]);
    await store.clear();
    expect([store.size, [...store.entries()]]).toEqual([0, []]);
  });

  it('shows a write before its promise resolves, and lists one moment', async () => {
    await using store = await openKeyValue<number>();
    const written = store.set('a', 1);
    expect(store.get('a')).toBe(1);
    const keys = store.keys();
    void store.set('b', 2);
    expect([...keys]).toEqual(['a']);
    await written;
  });

  it('holds frozen copies and parses nothing on get', async () => {
    await using store = await openKeyValue();
    const given = { list: [1], map: new Map([['a', new Set([1])]]), date: new Date(1), bytes: new Uint8Array([1]) };
    await store.set('k', given);
    given.list.push(2);
    given.map.clear();
    given.bytes[0] = 9;
    const held = store.get('k') as typeof given;
    expect(held).toEqual({
      list: [1],
      map: new Map([['a', new Set([1])]]),
      date: new Date(1),
      bytes: new Uint8Array([1]),
    });
    expect(store.get('k')).toBe(held);
    expect(() => held.list.push(3)).toThrow(TypeError);
    expect(() => held.map.set('b', new Set())).toThrow(expect.objectContaining({ code: 'READ_ONLY_VALUE' }));
    expect(() => held.date.setTime(0)).toThrow(expect.objectContaining({ code: 'READ_ONLY_VALUE' }));
  });

  it.each([
    ['undefined', undefined, ''],
    ['a function', { a: [(): void => undefined] }, 'a[0]'],
    ['a symbol', new Map([['k', Symbol('s')]]), '{k}'],
    ['a symbol as property', { a: { [Symbol('s')]: 1 } }, 'a'],
    ['an instance of a class', { a: new (class Money {})() }, 'a'],
    ['a regular expression', /x/, ''],
    ['other typed arrays', new Float64Array(1), ''],
    ['a promise', Promise.resolve(1), ''],
  ])('refuses %s', async (_, value, path) => {
    await using store = await openKeyValue();
    await expect(store.set('k', value)).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      facts: { violations: [{ path, rule: 'type' }] },
    });
    expect(store.size).toBe(0);
  });

  it('refuses cycles and too deep nesting, but takes one object in two places', async () => {
    await using store = await openKeyValue();
    const cycle: unknown[] = [];
    cycle.push({ cycle });
    await expect(store.set('k', cycle)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    let deep: unknown = 1;
    for (let level = 0; level < 501; level++) deep = [deep];
    await expect(store.set('k', deep)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    const shared = { a: 1 };
    await store.set('k', [shared, shared]);
    expect(store.get('k')).toEqual([{ a: 1 }, { a: 1 }]);
  });

  it('refuses keys that are not strings, unknown options, a bad time to live, and writes after closing', async () => {
    const store = await openKeyValue();
    await expect(store.set(5 as never, 1)).rejects.toMatchObject({ code: 'INVALID_KEY' });
    expect(() => store.get(null as never)).toThrow(expect.objectContaining({ code: 'INVALID_KEY' }));
    await expect(store.set('a', 1, { ttlMs: 0 })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(openKeyValue({ fil: 'x' } as never)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      facts: { nearest: 'file' },
    });
    await store.set('a', 1);
    await store.close();
    await expect(store.set('b', 1)).rejects.toMatchObject({ code: 'DATABASE_CLOSED' });
    expect(store.get('a')).toBe(1);
  });
});

describe('a key-value store on disk', () => {
  it('gives back any mix of values after reopening', async () => {
    const key = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('__proto__', 'constructor', '', 'a\nb', 'a\0b', '\ud800'),
    );
    const property = fc.asyncProperty(fc.array(fc.tuple(key, anyValue), { maxLength: 20 }), async (pairs) => {
      const fileSystem = new MemoryFileSystem();
      const store = await openKeyValue({ file: FILE, fileSystem });
      await Promise.all(pairs.map(([name, value]) => store.set(name, value)));
      await store.close();
      const again = await openKeyValue({ file: FILE, fileSystem });
      expect([...again.keys()].sort()).toEqual([...new Set(pairs.map(([name]) => name))].sort());
      for (const [name, value] of new Map(pairs)) {
        expect(shown(store.get(name))).toBe(shown(value));
        expect(shown(again.get(name))).toBe(shown(value));
      }
      await again.close();
    });
    await fc.assert(property, { numRuns: 150, endOnFailure: true });
  });

  it('keeps keys with newlines, NULs and names of the prototype (F19)', async () => {
    const fileSystem = new MemoryFileSystem();
    const keys = ['line\nbreak', 'nul\0nul', '\r\n', '__proto__', 'constructor', '', '\udc00', 'k'.repeat(100_000)];
    await using store = await openKeyValue({ file: FILE, fileSystem });
    for (const key of keys) await store.set(key, { [key]: key });
    await store.set('big', -(2n ** 200n));
    await store.delete('big');
    await store.close();
    await using again = await openKeyValue({ file: FILE, fileSystem });
    expect([...again.keys()].sort()).toEqual([...keys].sort());
    for (const key of keys) expect(again.get(key)).toEqual(Object.fromEntries([[key, key]]));
  });

  it('keeps -0, NaN, holes and undefined inside values', async () => {
    const fileSystem = new MemoryFileSystem();
    const store = await openKeyValue({ file: FILE, fileSystem });
    const holed: unknown[] = [];
    holed[1] = 1;
    await store.set('holed', holed);
    await store.set('k', [-0, Number.NaN, undefined, { u: undefined }, Number.NEGATIVE_INFINITY]);
    await store.close();
    await using again = await openKeyValue({ file: FILE, fileSystem });
    expect(again.get('holed')).toStrictEqual([undefined, 1]);
    expect(again.get('k')).toStrictEqual([-0, Number.NaN, undefined, { u: undefined }, Number.NEGATIVE_INFINITY]);
  });

  it('deletes at its time, over a reopening too; a value set again is not purged by the old expiry (F23)', async () => {
    stopClock();
    const fileSystem = new MemoryFileSystem();
    const store = await openKeyValue({ file: FILE, fileSystem });
    await store.set('soon', 1, { ttlMs: 30 });
    await store.set('late', 1, { ttlMs: 100_000 });
    await store.set('kept', 1, { ttlMs: 30 });
    await store.delete('kept');
    await store.set('kept', 2);
    await store.set('replaced', 1, { ttlMs: 30 });
    await store.set('replaced', 2);
    await store.close();
    await letPass(40);
    await using again = await openKeyValue({ file: FILE, fileSystem });
    expect([...again.keys()].sort()).toEqual(['kept', 'late', 'replaced']);
    expect([again.expiresAt('kept'), again.expiresAt('late')]).toEqual([undefined, expect.any(Date)]);
    await again.set('live', 1, { ttlMs: 20 });
    await again.set('live2', 1, { ttlMs: 20 });
    await again.set('live2', 1);
    await letPass(60);
    expect([again.has('live'), again.has('live2'), again.get('kept'), again.get('replaced')]).toEqual([
      false,
      true,
      2,
      2,
    ]);
  });

  it('cuts a tail torn at any byte by a crash: what was acknowledged before it stays', async () => {
    const fileSystem = new MemoryFileSystem();
    const store = await openKeyValue({ file: FILE, fileSystem });
    await store.set('first', { a: [1, 2] });
    const start = endOfFrames(await readFile(fileSystem, PAGE));
    await store.set('last', new Map([['x', 'y'.repeat(40)]]));
    const longer = await readFile(fileSystem, PAGE);
    const whole = endOfFrames(longer);
    expect(whole).toBeGreaterThan(start);
    // Behind the last frame are zeros, room made ahead: some of them say as much as none.
    for (let end = start; end <= whole + 3; end++) {
      const crashed = await copyOf(fileSystem);
      await replaceFile(crashed, PAGE, longer.slice(0, end));
      await using torn = await openKeyValue({ file: FILE, fileSystem: crashed });
      expect([...torn.keys()]).toEqual(end < whole ? ['first'] : ['first', 'last']);
      expect(torn.get('first')).toEqual({ a: [1, 2] });
      await torn.set('next', end);
    }
    await store.close();
  });

  it('refuses damage in the middle, and salvages around it on request', async () => {
    const fileSystem = new MemoryFileSystem();
    const store = await openKeyValue({ file: FILE, fileSystem });
    for (let index = 0; index < 20; index++) await store.set(`k${index}`, `v${index}`);
    await store.close();
    const data = await readFile(fileSystem, PAGE);
    const hit = Buffer.from(data).indexOf('v7');
    expect(hit).toBeGreaterThan(0);
    data[hit] = (data[hit] as number) ^ 0xff;
    await replaceFile(fileSystem, PAGE, data);
    await expect(openKeyValue({ file: FILE, fileSystem })).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
    await using salvaged = await openKeyValue({ file: FILE, fileSystem, recovery: 'salvage' });
    expect([salvaged.has('k7'), salvaged.get('k6'), salvaged.get('k19')]).toEqual([false, 'v6', 'v19']);
    expect(salvaged.recovery?.isClean).toBe(false);
  });

  it('flushes by an interval on request, and refuses a second opener', async () => {
    const fileSystem = new MemoryFileSystem();
    await using store = await openKeyValue({ file: FILE, flushIntervalMs: 5, fileSystem });
    await store.set('a', 1);
    await store.flush();
    await expect(openKeyValue({ file: FILE, fileSystem })).rejects.toMatchObject({ code: 'DATABASE_LOCKED' });
    await expect(openKeyValue({ file: FILE, flushIntervalMs: 0, fileSystem })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
  });
});

describe('counting, trying and listing', () => {
  it('puts a value unless there is one: of many at once one does', async () => {
    await using store = await openKeyValue<string>();
    const tries = await Promise.all(
      ['a', 'b', 'c'].map((value) => store.setIfAbsent('lock', value, { ttlMs: 60_000 })),
    );
    expect([tries, store.get('lock')]).toEqual([[true, false, false], 'a']);
    expect(store.expiresAt('lock')).toBeInstanceOf(Date);
    await store.delete('lock');
    expect(await store.setIfAbsent('lock', 'd')).toBe(true);
  });

  it('adds to numbers and bigints, from nothing too, keeps their expiry, and stays over a reopening', async () => {
    const fileSystem = new MemoryFileSystem();
    const store = await openKeyValue({ file: FILE, fileSystem });
    expect(await store.increment('n')).toBe(1);
    expect(await Promise.all(Array.from({ length: 50 }, () => store.increment('n', 2)))).toHaveLength(50);
    expect(await store.increment('half', -0.5)).toBe(-0.5);
    expect(await store.increment('big', 2n ** 70n)).toBe(2n ** 70n);
    await store.set('soon', 1, { ttlMs: 60_000 });
    const expiresAt = store.expiresAt('soon');
    expect(await store.increment('soon')).toBe(2);
    expect(store.expiresAt('soon')).toEqual(expiresAt);
    await store.close();
    await using again = await openKeyValue({ file: FILE, fileSystem });
    expect(['n', 'half', 'big', 'soon'].map((key) => again.get(key))).toEqual([101, -0.5, 2n ** 70n, 2]);
    expect(again.expiresAt('soon')).toEqual(expiresAt);
    expect(await again.increment('big', 1n)).toBe(2n ** 70n + 1n);
  });

  it('adds to nothing else, and never beyond what a number holds exactly', async () => {
    await using store = await openKeyValue();
    await store.set('text', '1');
    await store.set('big', 1n);
    await store.set('most', Number.MAX_SAFE_INTEGER);
    await store.set('infinite', Number.POSITIVE_INFINITY);
    const calls: readonly [string, unknown, string][] = [
      ['text', 1, 'VALIDATION_FAILED'],
      ['big', 1, 'VALIDATION_FAILED'],
      ['most', 1, 'VALIDATION_FAILED'],
      ['most', 1n, 'VALIDATION_FAILED'],
      ['most', '1', 'INVALID_OPTION'],
      ['most', Number.NaN, 'INVALID_OPTION'],
      ['most', null, 'INVALID_OPTION'],
    ];
    for (const [key, by, code] of calls)
      await expect(store.increment(key, by as never)).rejects.toMatchObject({ code });
    expect(store.get('most')).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('lists keys of a prefix in order, and all keys for the empty prefix', async () => {
    await using store = await openKeyValue();
    for (const key of ['user:2', 'user:10', 'user:1', 'users', 'other', 'user:', '\uffff']) await store.set(key, key);
    expect([...store.keys({ prefix: 'user:' })]).toEqual(['user:', 'user:1', 'user:10', 'user:2']);
    expect([...store.values({ prefix: 'users' })]).toEqual(['users']);
    expect([...store.entries({ prefix: '\uffff' })]).toEqual([['\uffff', '\uffff']]);
    expect([...store.keys({ prefix: 'none' })]).toEqual([]);
    expect([...store.keys({ prefix: '' })]).toHaveLength(7);
    expect([...store.keys({})]).toHaveLength(7);
  });
});

describe('a transaction of a key-value store', () => {
  it('does all or nothing, sees its own writes, and is there after reopening', async () => {
    const fileSystem = new MemoryFileSystem();
    const store = await openKeyValue<unknown>({ file: FILE, fileSystem });
    await store.set('from', 10);
    const seen = await store.transaction((tx) => {
      tx.increment('from', -3);
      tx.increment('to', 3);
      tx.set('note', { moved: 3 }, { ttlMs: 60_000 });
      expect([tx.setIfAbsent('note', 1), tx.setIfAbsent('new', 1), tx.delete('none')]).toEqual([false, true, false]);
      expect([tx.size, tx.has('to'), [...tx.keys({ prefix: 'n' })], [...tx.entries({ prefix: 'to' })]]).toEqual([
        4,
        true,
        ['new', 'note'],
        [['to', 3]],
      ]);
      return tx.get('from');
    });
    expect(seen).toBe(7);
    const reason = new RangeError('no');
    const failing = store.transaction((tx) => {
      tx.set('from', 0);
      tx.delete('to');
      throw reason;
    });
    await expect(failing).rejects.toBe(reason);
    await expect(store.transaction((tx) => tx.set('x', () => 1))).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    await expect(store.transaction(async () => undefined)).rejects.toMatchObject({ code: 'TRANSACTION_ENDED' });
    await store.close();
    await using again = await openKeyValue({ file: FILE, fileSystem });
    expect(Object.fromEntries(again)).toEqual({ from: 7, to: 3, note: { moved: 3 }, new: 1 });
  });

  it('refuses writes after its end', async () => {
    await using store = await openKeyValue();
    let kept: { set(key: string, value: unknown): void } | undefined;
    await store.transaction((tx) => {
      kept = tx;
    });
    expect(() => kept?.set('a', 1)).toThrow(expect.objectContaining({ code: 'TRANSACTION_ENDED' }));
  });
});

describe('events of a key-value store', () => {
  it('say what was set and deleted, once durable, with the value before; an expiry as one', async () => {
    stopClock();
    await using store = await openKeyValue<unknown>();
    const heard: unknown[] = [];
    const sets: unknown[] = [];
    using all = store.on('change', ({ kind, key, value, before, origin }) =>
      heard.push([kind, key, value, before, origin]),
    );
    using some = store.on('set', ({ key }) => sets.push(key));
    await store.set('a', 1);
    await store.transaction((tx) => {
      tx.set('a', 2);
      tx.set('a', 3);
      tx.set('never', 1);
      tx.delete('never');
    });
    await store.delete('a');
    await store.set('b', 1, { ttlMs: 20 });
    await letPass(40);
    expect(heard).toEqual([
      ['set', 'a', 1, undefined, 'live'],
      ['set', 'a', 3, 1, 'live'],
      ['delete', 'a', undefined, 3, 'live'],
      ['set', 'b', 1, undefined, 'live'],
      ['delete', 'b', undefined, 1, 'expiry'],
    ]);
    expect(sets).toEqual(['a', 'a', 'b']);
    all.unsubscribe();
    some.unsubscribe();
    await store.set('c', 1);
    expect(heard).toHaveLength(5);
  });

  it('report a listener that throws or rejects, and closing', async () => {
    const store = await openKeyValue();
    const reported: unknown[] = [];
    const closed: unknown[] = [];
    store.on('listenerError', (error) => reported.push(error));
    store.on('closed', () => closed.push('closed'));
    const reason = new RangeError('mine');
    store.on('set', async () => Promise.reject(reason));
    store.on('set', () => {
      throw reason;
    });
    await store.set('a', 1);
    await store.close();
    expect([reported, closed]).toEqual([[reason, reason], ['closed']]);
  });
});

const NOT_WRONG = Symbol('of the right type there');

it.each([
  ['null', null],
  ['a number', 5],
  ['a text', 'text'],
  ['a list', []],
  ['a symbol', Symbol('s')],
  ['an object of an unknown name', { what: 1 }],
  ['an object without a prototype that names nothing', Object.assign(Object.create(null), { '': 1 })],
])('%s where a key-value store takes something else is refused with a code', async (_, given) => {
  await using store = await openKeyValue();
  await store.set('a', 1);
  const bad = given as never;
  const isText = typeof given === 'string';
  const calls: Record<string, () => unknown> = {
    openKeyValue: () => openKeyValue(bad),
    file: () => (isText ? NOT_WRONG : openKeyValue({ file: bad })),
    flushIntervalMs: () => openKeyValue({ flushIntervalMs: bad === (5 as never) ? ('5' as never) : bad }),
    recovery: () => openKeyValue({ recovery: bad }),
    fileSystem: () => (typeof given === 'object' && given !== null ? NOT_WRONG : openKeyValue({ fileSystem: bad })),
    set: () => store.set('a', 1, bad),
    setIfAbsent: () => store.setIfAbsent('a', 1, bad),
    ttlMs: () => store.set('a', 1, { ttlMs: typeof given === 'number' ? -1 : bad }),
    key: () => (isText ? NOT_WRONG : store.set(bad, 1)),
    'key of increment': () => (isText ? NOT_WRONG : store.increment(bad)),
    by: () => (typeof given === 'number' ? NOT_WRONG : store.increment('n', bad)),
    transaction: () => store.transaction(bad),
    keys: () => store.keys(bad),
    prefix: () => (isText ? NOT_WRONG : store.entries({ prefix: bad })),
    event: () => store.on(bad, () => undefined),
    listener: () => store.on('set', bad),
    'listener of closing': () => store.on('closed', bad),
    'get in a transaction': () => (isText ? NOT_WRONG : store.transaction((tx) => tx.get(bad))),
    'set in a transaction': () => store.transaction((tx) => tx.set('b', 1, bad)),
  };
  for (const [call, work] of Object.entries(calls)) {
    const code = await (async () => work())().then(
      (answer) => (answer === NOT_WRONG ? NOT_WRONG : 'accepted'),
      (error: { code?: string }) => error.code,
    );
    if (code !== NOT_WRONG)
      expect([call, code]).toEqual([call, expect.stringMatching(/^(INVALID_OPTION|INVALID_KEY)$/)]);
  }
  expect([...store]).toEqual([['a', 1]]);
});
