/**
 * Settled changes on their way to the sessions that follow them live: one subscription for all, and shapes found by the
 * values, keys and ranges they ask for. So a write costs as much as the shapes it concerns, however many are silent.
 *
 * A session that is behind costs nothing here: it reads what it missed by itself, and comes back.
 */
import { type DocumentChange, InterestMap, type StoreKey, type SyncPort } from '@nuthatch/runtime/sync';
import type { Shape } from './shape.js';

export interface LiveSession {
  /** Changes of one transaction that concern shapes of it, in their order. */
  offer(seq: number, changes: readonly DocumentChange[]): void;
}

/** The shapes of one collection that are followed live. */
interface Followed {
  readonly interests: InterestMap<Shape>;
  readonly byKey: Map<StoreKey, Set<Shape>>;
}

export class LiveSessions {
  readonly #shapes = new Map<string, Followed>();
  readonly #sessionOf = new Map<Shape, LiveSession>();
  readonly #subscription: Disposable;
  #seq: number;

  constructor(port: SyncPort) {
    this.#seq = port.deliveredSeq;
    this.#subscription = port.subscribe((changes) => this.#take(changes));
  }

  /** Every session that follows live has been offered everything up to here. */
  get seq(): number {
    return this.#seq;
  }

  /** Shapes that are followed. */
  get shapeCount(): number {
    return this.#sessionOf.size;
  }

  add(session: LiveSession, shapes: Iterable<Shape>): void {
    for (const shape of shapes) {
      this.#sessionOf.set(shape, session);
      const { interests, byKey } = this.#followed(shape.collection.name);
      const { keys } = shape;
      if (keys === undefined) interests.add(shape);
      else for (const key of keys) byKey.set(key, (byKey.get(key) ?? new Set()).add(shape));
    }
  }

  remove(shapes: Iterable<Shape>): void {
    for (const shape of shapes) {
      if (!this.#sessionOf.delete(shape)) continue;
      const { interests, byKey } = this.#followed(shape.collection.name);
      const { keys } = shape;
      if (keys === undefined) interests.delete(shape);
      else
        for (const key of keys) {
          const those = byKey.get(key);
          those?.delete(shape);
          if (those?.size === 0) byKey.delete(key);
        }
    }
  }

  close(): void {
    this.#shapes.clear();
    this.#sessionOf.clear();
    this.#subscription[Symbol.dispose]();
  }

  #followed(collection: string): Followed {
    let followed = this.#shapes.get(collection);
    if (followed === undefined) {
      followed = { interests: new InterestMap(), byKey: new Map() };
      this.#shapes.set(collection, followed);
    }
    return followed;
  }

  #take(changes: readonly DocumentChange[]): void {
    const seq = Number(changes[0]!.seq);
    const concerned = new Map<LiveSession, Set<DocumentChange>>();
    for (const [collection, own] of byCollection(changes)) {
      const followed = this.#shapes.get(collection);
      if (followed === undefined) continue;
      for (const [shape, those] of followed.interests.concerned(own)) this.#note(concerned, shape, those);
      if (followed.byKey.size === 0) continue;
      for (const change of own)
        for (const shape of followed.byKey.get(change.storeKey) ?? []) this.#note(concerned, shape, [change]);
    }
    for (const [session, those] of concerned)
      session.offer(seq, those.size === changes.length ? changes : changes.filter((change) => those.has(change)));
    this.#seq = seq;
  }

  #note(concerned: Map<LiveSession, Set<DocumentChange>>, shape: Shape, changes: readonly DocumentChange[]): void {
    const session = this.#sessionOf.get(shape)!;
    const known = concerned.get(session);
    if (known === undefined) concerned.set(session, new Set(changes));
    else for (const change of changes) known.add(change);
  }
}

function byCollection(changes: readonly DocumentChange[]): ReadonlyMap<string, readonly DocumentChange[]> {
  const [first] = changes;
  if (first !== undefined && changes.every(({ collection }) => collection === first.collection))
    return new Map([[first.collection, changes]]);
  const found = new Map<string, DocumentChange[]>();
  for (const change of changes) {
    const own = found.get(change.collection);
    if (own === undefined) found.set(change.collection, [change]);
    else own.push(change);
  }
  return found;
}
