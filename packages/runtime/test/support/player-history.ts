/**
 * A history of players that is a function of the seq alone: what transaction n writes depends on nothing but n and the
 * state before it, so that any process can go on with it and any other can say what must be there after n.
 */
import type { Player, PlayerTransaction } from './player-definition.js';

const ID_COUNT = 60;

export type PlayerState = Map<string, Pick<Player, 'email' | 'clubs' | 'age' | 'name' | 'nick'>>;

type Write =
  | {
      readonly kind: 'put';
      readonly id: string;
      readonly fields: Pick<Player, 'email' | 'clubs' | 'age' | 'name' | 'nick'>;
    }
  | { readonly kind: 'delete'; readonly id: string };

/** Whole numbers from a seed; good enough to scatter, the same everywhere. */
export function scatter(seed: number, salt: number): number {
  let hash = Math.imul(seed ^ 0x9e37_79b9, 0x85eb_ca6b) ^ Math.imul(salt + 1, 0xc2b2_ae35);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b_3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a_2d39);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** The writes of transaction `seq`, in order. Two players, `left` and `right`, always say the same. */
export function writesOf(seq: number, state: PlayerState): readonly Write[] {
  const writes: Write[] = [putOf('left', seq, 0, state)];
  for (let index = scatter(seq, 0) % 4; index > 0; index--) {
    const id = `p${scatter(seq, index) % ID_COUNT}`;
    if (scatter(seq, index + 10) % 5 === 0) writes.push({ kind: 'delete', id });
    else writes.push(putOf(id, seq, index, state));
  }
  // Two players swap a unique value: it has two holders for a moment, and never afterwards.
  const [one, two] = [`p${scatter(seq, 20) % ID_COUNT}`, `p${scatter(seq, 21) % ID_COUNT}`];
  const isTouched = writes.some(({ id }) => id === one || id === two);
  const [first, second] = [state.get(one), state.get(two)];
  if (one !== two && first && second && !isTouched) {
    writes.push({ kind: 'put', id: one, fields: { ...first, email: second.email } });
    writes.push({ kind: 'put', id: two, fields: { ...second, email: first.email } });
  }
  writes.push(putOf('right', seq, 0, state));
  return writes;
}

function putOf(id: string, seq: number, index: number, state: PlayerState): Write {
  const luck = scatter(seq, index + 30);
  const clubs = ['a', 'b', 'c', 'd'].filter((_, bit) => (luck >> bit) & 1);
  const name = `${seq} ${'y'.repeat((luck >>> 8) % 20 === 0 ? 2000 : (luck >>> 8) % 90)}`;
  const nick = (luck >>> 16) % 3 === 0 ? `nick of ${id}` : undefined;
  const kept = (luck >>> 18) % 2 === 0 ? state.get(id)?.email : undefined;
  const email = kept ?? `${id}.${seq}.${index}@x.io`;
  return {
    kind: 'put',
    id,
    fields: { email, clubs, age: (luck >>> 4) % 100, name, ...(nick === undefined ? {} : { nick }) },
  };
}

/** Does transaction `seq` to a state. */
export function advance(state: PlayerState, seq: number): void {
  for (const write of writesOf(seq, state)) {
    if (write.kind === 'put') state.set(write.id, write.fields);
    else state.delete(write.id);
  }
}

/** Does transaction `seq` to a database whose state is the one before it. */
export function writeTo(players: PlayerTransaction, seq: number, state: PlayerState): void {
  for (const write of writesOf(seq, state)) {
    if (write.kind === 'put') players.upsert({ id: write.id, ...write.fields });
    else players.delete(write.id);
  }
}
