/** Documents that say themselves when they end: the field of `@Expires()`. */
import type { DocumentModel } from '@nuthatch/model';
import { definitionOf } from '../../../test/support/definition-of-model.js';
import { letPass, stopClock } from '../../../test/support/test-clock.js';
import type { Database } from '../../database/database.js';
import { openDatabase } from '../../database/open-database.js';
import { MemoryFileSystem } from '../../file-system/memory-file-system.js';
import type { Repository } from '../../repository/repository.js';
import type { CollectionTypes } from '../../repository/repository-types.js';
import type { TransactionRepository } from '../../repository/transaction-repository.js';

interface TokenTypes extends CollectionTypes {
  readonly document: { readonly id: string; readonly endsAt?: Date; readonly uses?: number };
  readonly key: string;
  readonly input: { id: string; endsAt?: Date | undefined; uses?: number };
  readonly patch: { endsAt?: Date | undefined; uses?: number };
}
type Tokens = Database<Record<string, TransactionRepository<TokenTypes>>> & { readonly token: Repository<TokenTypes> };

const plainToken: DocumentModel = {
  name: 'Token',
  collection: 'token',
  storage: 'disk',
  key: { fields: ['id'] },
  fields: [
    { name: 'id', type: { kind: 'string' }, optional: false, rules: [] },
    { name: 'endsAt', type: { kind: 'date' }, optional: true, rules: [] },
    { name: 'uses', type: { kind: 'number' }, optional: true, rules: [] },
  ],
  computed: [],
  indexes: [],
};
const token: DocumentModel = { ...plainToken, expires: 'endsAt' };

function open(fileSystem = new MemoryFileSystem(), model = token): Promise<Tokens> {
  return openDatabase([definitionOf(model)] as never, { directory: '/data', fileSystem }) as unknown as Promise<Tokens>;
}

const after = (ms: number): Date => new Date(Date.now() + ms);

beforeEach(stopClock);
afterEach(() => void jest.useRealTimers());

describe('a field of @Expires()', () => {
  it('deletes the document at its time, with a change of origin expiry', async () => {
    const db = await open();
    const heard: [kind: string, origin: string, key: string][] = [];
    db.token.subscribe(({ kind, origin, key }) => heard.push([kind, origin, key]));
    await db.token.insert({ id: 'soon', endsAt: after(20) });
    await db.token.insert({ id: 'past', endsAt: new Date(-1) });
    await db.token.insert({ id: 'late', endsAt: after(60_000) });
    await db.token.insert({ id: 'never' });
    expect(db.token.expiresAt('late')).toEqual(db.token.get('late')?.endsAt);
    expect(db.token.expiresAt('never')).toBeUndefined();
    await letPass(19);
    expect(db.token.has('soon')).toBe(true);
    await letPass(1);
    await db.flush();
    expect(db.token.all().keys().sort()).toEqual(['late', 'never']);
    const deleted = heard.filter(([kind]) => kind === 'delete').sort();
    expect(deleted).toEqual([
      ['delete', 'expiry', 'past'],
      ['delete', 'expiry', 'soon'],
    ]);
    await db.close();
  });

  it('survives reopening, which deletes documents that expired in between', async () => {
    const fileSystem = new MemoryFileSystem();
    const first = await open(fileSystem);
    await first.token.insert({ id: 'soon', endsAt: after(40) });
    const late = await first.token.insert({ id: 'late', endsAt: after(60_000) });
    await first.close();
    await letPass(50);
    const second = await open(fileSystem);
    expect(second.token.all().keys()).toEqual(['late']);
    expect(second.token.expiresAt('late')).toEqual(late.endsAt);
    await second.close();
  });

  it('is followed by every kind of write, and no old time purges a new document', async () => {
    const db = await open();
    for (const id of ['updated', 'freed', 'upserted', 'again', 'kept', 'counted'])
      await db.token.insert({ id, endsAt: after(1_000), uses: 0 });
    await db.token.update('updated', { endsAt: after(60_000) });
    await db.token.update('freed', { endsAt: undefined });
    await db.token.upsert({ id: 'upserted' });
    await db.token.delete('again');
    await db.token.insert({ id: 'again', endsAt: after(60_000) });
    await db.token.update('kept', { uses: 1 });
    await db.token.increment('counted', 'uses', 1);
    await letPass(1_100);
    expect(db.token.all().keys().sort()).toEqual(['again', 'freed', 'updated', 'upserted']);
    expect(db.token.expiresAt('freed')).toBeUndefined();
    await db.close();
  });

  it('is restored when a transaction is taken back', async () => {
    const db = await open();
    const { endsAt } = await db.token.insert({ id: 'a', endsAt: after(1_000) });
    const refused = db.transaction((tx) => {
      const tokens = tx['token'] as TransactionRepository<TokenTypes>;
      tokens.update('a', { endsAt: undefined });
      tokens.insert({ id: 'a' });
    });
    await expect(refused).rejects.toMatchObject({ code: 'DUPLICATE_KEY' });
    expect(db.token.expiresAt('a')).toEqual(endsAt);
    await letPass(1_100);
    expect(db.token.size).toBe(0);
    await db.close();
  });

  it('refuses a ttlMs beside it', async () => {
    const db = await open();
    const options = { ttlMs: 1_000 };
    const refusal = { code: 'INVALID_OPTION', facts: { option: 'ttlMs', field: 'endsAt' } };
    await db.token.insert({ id: 'a' });
    await expect(db.token.insert({ id: 'b' }, options)).rejects.toMatchObject(refusal);
    await expect(db.token.upsert({ id: 'a' }, options)).rejects.toMatchObject(refusal);
    await expect(db.token.insertIfAbsent({ id: 'a' }, options)).rejects.toMatchObject(refusal);
    await expect(db.token.update('a', { uses: 1 }, options)).rejects.toMatchObject(refusal);
    expect(db.token.all().keys()).toEqual(['a']);
    expect(db.token.get('a')?.uses).toBeUndefined();
    await db.close();
  });

  it('holds for documents written before the class had it', async () => {
    const fileSystem = new MemoryFileSystem();
    const first = await open(fileSystem, plainToken);
    await first.token.insert({ id: 'ended', endsAt: new Date(0) });
    await first.token.insert({ id: 'late', endsAt: after(60_000) }, { ttlMs: 20 });
    await first.close();
    await letPass(30);
    const second = await open(fileSystem);
    expect(second.token.all().keys()).toEqual(['late']);
    await second.close();
  });
});
