import type { WriteTarget } from '../commit/write-record.js';
import type { ChangeBatch } from './change-batch.js';
import { type Listener, Listeners } from './listeners.js';

const target = (name: string, isDerived = false): WriteTarget => ({ name, isDerived }) as unknown as WriteTarget;

function batchOf(own: readonly WriteTarget[], rows: readonly WriteTarget[] = []): ChangeBatch & { asked: number } {
  const batch = {
    asked: 0,
    changes: () => own.map((of) => ({ target: of })),
    changesOfRows: () => {
      batch.asked++;
      return rows.map((of) => ({ target: of }));
    },
  };
  return batch as never;
}

describe.each([
  ['few', 0],
  ['many', 1_000],
])('%s listeners', (_, otherCount) => {
  const player = target('player');
  const club = target('club');
  const view = target('view', true);
  let listeners: Listeners;
  let told: string[];
  const listening = (of: WriteTarget | undefined, name: string): Listener => {
    const listener = { target: of, call: () => void told.push(name), count: () => 1 };
    listeners.add(listener);
    return listener;
  };
  const tell = (batch: ChangeBatch): string[] => {
    told = [];
    listeners.tell(batch, (listener, changes) => listener.call(changes, batch));
    return told;
  };

  beforeEach(() => {
    listeners = new Listeners();
    for (let at = 0; at < otherCount; at++) listening(target(`other${at}`, at % 2 === 0), `other${at}`);
  });

  it('are told in the order in which they came, each of what it listens to', () => {
    for (const name of ['player', 'all', 'club', 'view', 'player', 'all'])
      listening({ player, club, view, all: undefined }[name], name);
    expect(tell(batchOf([player]))).toEqual(['player', 'all', 'player', 'all']);
    expect(tell(batchOf([club, player, club], [view]))).toEqual(['player', 'all', 'club', 'view', 'player', 'all']);
    expect(tell(batchOf([target('unheard')]))).toEqual(['all', 'all']);
    expect(tell(batchOf([], [view]))).toEqual(['view']);
    expect([listeners.size, listeners.askingCount]).toEqual([otherCount + 6, otherCount + 6]);
  });

  it('that go while others are told hear nothing more, and those that come hear of the next transaction', () => {
    const last = { target: player, call: () => void told.push('last'), count: () => 2 };
    const first: Listener = {
      target: player,
      count: () => 1,
      call: () => {
        told.push('first');
        listeners.delete(last);
        listeners.delete(first);
        listening(player, 'new');
      },
    };
    listeners.add(first);
    listeners.add(last);
    expect(listeners.askingCount).toBe(otherCount + 3);
    expect(tell(batchOf([player]))).toEqual(['first']);
    expect(tell(batchOf([player]))).toEqual(['new']);
    listeners.delete(last);
    listeners.clear();
    expect([tell(batchOf([player])), listeners.size]).toEqual([[], 0]);
  });

  it('are not looked at where they listen to what was not written', () => {
    const looked = jest.fn(() => player);
    const listener = Object.defineProperty(listening(player, 'player'), 'target', { get: looked });
    tell(batchOf([club]));
    expect(looked).toHaveBeenCalledTimes(otherCount === 0 ? 1 : 0);
    expect(listeners.size).toBe(otherCount + 1);
    listeners.delete(listener);
  });
});
