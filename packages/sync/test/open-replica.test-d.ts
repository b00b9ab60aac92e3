/** What the types of a replica accept and refuse; checked by the compiler, never run. */
import type { MessagePort as NodePort } from 'node:worker_threads';
import { expectTypeOf } from 'expect-type';
import { type NuthatchDatabase, type NuthatchReplica, openReplica } from '../../../generated/index.js';
import { type PolicyOf, serve } from '../src/index.js';

declare const replica: NuthatchReplica;
declare const db: NuthatchDatabase;

export async function opening(): Promise<void> {
  expectTypeOf(openReplica).returns.resolves.toEqualTypeOf<NuthatchReplica>();
  await openReplica({ url: 'ws://x', memory: true, subscribe: { player: true, club: { $keys: ['fcb'] } } });
  await openReplica({ url: 'ws://x', memory: true, subscribe: { player: [{ clubs: 'fcb' }, { age: { gte: 18 } }] } });
  // @ts-expect-error a collection that there is not
  await openReplica({ url: 'ws://x', memory: true, subscribe: { players: true } });
  // @ts-expect-error a view, which the replica makes itself
  await openReplica({ url: 'ws://x', memory: true, subscribe: { clubMembers: true } });
  // @ts-expect-error a field without an index
  await openReplica({ url: 'ws://x', memory: true, subscribe: { player: { name: 'Ann' } } });
  // @ts-expect-error a number where a key is a string
  await openReplica({ url: 'ws://x', memory: true, subscribe: { player: { $keys: [1] } } });
  // @ts-expect-error neither a directory nor memory
  await openReplica({ url: 'ws://x', subscribe: { player: true } });
}

/** Stores of keys are known by their names. */
export async function holdingKeyValues(): Promise<void> {
  const options = { url: 'ws://x', memory: true, keyValues: ['settings', 'tokens'] } as const;
  const holding = await openReplica({
    ...options,
    subscribe: { player: { clubs: 'fcb' }, settings: true, tokens: [{ $keys: ['a'] }, { $keys: ['b'] }] },
  });
  expectTypeOf(holding).toExtend<NuthatchReplica>();
  await holding.connection.subscribe({ settings: { $keys: ['theme'] } });
  await holding.keyValue('settings').set('theme', 'dark');
  await openReplica({ url: 'ws://x', memory: true, keyValues: ['tokens'], subscribe: { tokens: true } });
  // @ts-expect-error a store that is not in `keyValues`
  await openReplica({ ...options, subscribe: { caches: true } });
  // @ts-expect-error a store has no fields to ask for
  await openReplica({ ...options, subscribe: { settings: { value: 1 } } });
  // @ts-expect-error keys are texts
  await openReplica({ ...options, subscribe: { settings: { $keys: [1] } } });
  // @ts-expect-error a field without an index, beside a store
  await openReplica({ ...options, subscribe: { settings: true, player: { name: 'Ann' } } });
  // @ts-expect-error neither a store nor a collection
  await holding.connection.subscribe({ caches: true });
  await serve(db, {
    policy: ({ id }): PolicyOf<NuthatchDatabase, 'settings'> => ({
      player: { read: true },
      settings: { read: true, write: ({ key }) => key === id },
    }),
  });
  // @ts-expect-error a store that is not named
  const rights: PolicyOf<NuthatchDatabase, 'settings'> = { tokens: { read: true } };
  await serve(db, { policy: () => rights });
}

export async function checkingOut(): Promise<void> {
  await using lease = await replica.player.checkOut(['p1', 'p2'], { ms: 60_000 });
  await replica.player.renew('p1', { offlineUntil: new Date() });
  await lease.end();
  await replica.membership.checkOut({ club: 'fcb', player: 'p1' }, { until: new Date() });
  replica.clubMembers.get('fcb')?.members;
  // @ts-expect-error rows are not checked out
  await replica.clubMembers.checkOut('fcb', { ms: 1 });
  // @ts-expect-error a number where a key is a string
  await replica.player.checkOut(1, { ms: 1 });
  // @ts-expect-error no time
  await replica.player.checkOut('p1');
  // @ts-expect-error a database of its own has no server to ask
  await db.player.checkOut('p1', { ms: 1 });
}

export async function deciding(): Promise<void> {
  const options = { url: 'ws://x', memory: true } as const;
  await openReplica({
    ...options,
    resolve: { player: (_base, mine, theirs) => mine && theirs && { ...theirs, age: 3 } },
  });
  await openReplica({ ...options, resolve: { player: (_base, _mine, theirs) => theirs } });
  // @ts-expect-error a field of another type
  await openReplica({ ...options, resolve: { player: (_base, mine) => mine && { ...mine, age: 'x' } } });
  await replica.connection.subscribe({ player: [{ clubs: 'fcb' }], club: true });
  // @ts-expect-error a field without an index
  await replica.connection.subscribe({ player: { name: 'Ann' } });
}

export async function working(): Promise<void> {
  expectTypeOf(replica.player.get('p1')).toEqualTypeOf(db.player.get('p1'));
  expectTypeOf(await replica.transaction((tx) => tx.player.get('p1'))).toEqualTypeOf(db.player.get('p1'));
  expectTypeOf(replica).toExtend<NuthatchDatabase>();
  await replica.conflicts.resolve(1, (tx, { edits }) => {
    tx.player.update('p1', { age: edits.length });
    // @ts-expect-error a field that the class does not have
    tx.player.update('p1', { shoeSize: 40 });
  });
}

export async function serving(): Promise<void> {
  await serve(db, {
    policy: ({ id }): PolicyOf<NuthatchDatabase> => ({
      player: {
        read: id === 'ann' ? true : { clubs: id },
        write: (change) => change.kind === 'delete' || (change.after.age >= 18 && change.key !== 'p1'),
        hidden: id === 'ann' ? [] : ['nick'],
        breakLeases: true,
      },
      club: { read: true, write: ({ kind, before }) => kind !== 'update' || before.size > 1 },
      part: { read: id === 'ann' ? true : { state: 'active' } },
    }),
  });
  // Without the type.
  await serve(db, { policy: () => ({ player: { read: { clubs: 'fcb' }, write: ({ kind }) => kind !== 'delete' } }) });
  type Rights = PolicyOf<NuthatchDatabase>;
  const rights: Rights[] = [
    // @ts-expect-error a collection that there is not
    { players: { read: true } },
    // @ts-expect-error a member of the database that is no collection
    { close: { read: true } },
    // @ts-expect-error a field without an index
    { player: { read: { name: 'Ann' } } },
    // @ts-expect-error a field that is always there cannot be hidden
    { player: { hidden: ['name'] } },
    // @ts-expect-error an insert has nothing before it
    { player: { write: ({ kind, before }) => kind === 'insert' && before.age > 1 } },
  ];
  await serve(db, { policy: () => rights[0] ?? {} });
}

export function conflicting(): void {
  for (const { edits } of replica.conflicts.all())
    for (const edit of edits) {
      if (edit.collection === 'player') expectTypeOf(edit.mine?.age).toEqualTypeOf<number | undefined>();
      // @ts-expect-error a collection that there is not
      if (edit.collection === 'players') edit.mine;
      // @ts-expect-error not every class has an age
      edit.mine?.age;
    }
}

export async function overPorts(ofNode: NodePort): Promise<void> {
  await openReplica({ port: ofNode, memory: true });
  (await serve(db)).attach(ofNode);
  await replica.connection.synced({ signal: AbortSignal.timeout(1_000) });
}
