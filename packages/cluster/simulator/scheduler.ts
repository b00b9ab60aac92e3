/**
 * The fake clock: events of all actors in one order, by time and then by the order in which they were asked for.
 *
 * Promises stay Node's own. After each event everything that can go on without time passing goes on, and it belongs to
 * the actor whose event it was; only then the next event begins. So one seed is one order, and each timer, turn and
 * answer belongs to somebody: one who is paused gets his later, one who was killed gets none.
 */
import { setImmediate as nextTurn } from 'node:timers';
import { type SimulatedTime, simulateTime, type Timer } from '../../runtime/src/time/real-time.js';

/** A process or a machine. */
export interface Actor {
  readonly name: string;
  /** Nothing of it goes on any more: what its promises wait for never comes. */
  isKilled: boolean;
  /** Its events wait until then. */
  pausedUntilMs: number;
  /** How far its wall clock is ahead. */
  skewMs: number;
}

export function newActor(name: string): Actor {
  return { name, isKilled: false, pausedUntilMs: 0, skewMs: 0 };
}

interface Event {
  atMs: number;
  readonly order: number;
  readonly actor: Actor;
  /** Undefined: cancelled. */
  callback: (() => void) | undefined;
}

/** What a turn of the loop takes: the clock goes on while somebody works. */
const TURN_MS = 0.01;
/** The wall clock at the beginning of every simulation. */
const BEGAN_MS = Date.UTC(2030, 0, 1);

export class Scheduler implements SimulatedTime {
  /** The world outside of all nodes: engine, network, the test. */
  readonly world = newActor('world');
  /** Whose event it is that runs. */
  current: Actor = this.world;
  eventCount = 0;
  /** Ends the run. */
  #failure: Error | undefined;
  #nowMs = 0;
  #order = 0;
  /** A heap: the next one first. */
  readonly #events: Event[] = [];
  #giveBack: (() => void) | undefined;

  /** From now on the whole process waits by this clock. */
  begin(): void {
    this.#giveBack = simulateTime(this);
  }

  end(): void {
    this.#giveBack?.();
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** The wall clock of whoever runs now. */
  wallMs(): number {
    return Math.floor(BEGAN_MS + this.#nowMs + this.current.skewMs);
  }

  afterTurn(callback: () => void): void {
    this.at(this.current, TURN_MS, callback);
  }

  later(callback: () => void, ms: number): Timer {
    return this.at(this.current, ms, callback);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.later(resolve, ms));
  }

  /** Calls back in the name of an actor when so many milliseconds have passed. */
  at(actor: Actor, ms: number, callback: () => void): Timer {
    const event: Event = { atMs: this.#nowMs + Math.max(0, ms), order: this.#order++, actor, callback };
    this.#push(event);
    return {
      cancel: () => {
        event.callback = undefined;
      },
    };
  }

  /** Ends the run with an error before the next event. */
  stop(failure: Error): void {
    this.#failure ??= failure;
  }

  /**
   * Runs events until a promise is settled.
   *
   * @returns what it resolves with.
   * @throws Error when nothing is left that could settle it, or when it takes longer than `limitMs`.
   */
  async run<T>(work: () => Promise<T>, limitMs: number): Promise<T> {
    const endMs = this.#nowMs + limitMs;
    let isDone = false;
    const done = work().finally(() => {
      isDone = true;
    });
    done.catch(() => undefined);
    await drained();
    while (!isDone) {
      if (this.#failure !== undefined) throw this.#failure;
      const event = this.#pop();
      if (event === undefined) throw new Error('nothing is left to happen, and somebody still waits');
      const { actor, callback } = event;
      if (callback === undefined || actor.isKilled) continue;
      if (actor.pausedUntilMs > event.atMs) {
        event.atMs = actor.pausedUntilMs;
        this.#push(event);
        continue;
      }
      if (event.atMs > endMs) throw new Error(`not done after ${limitMs} ms of simulated time`);
      this.#nowMs = Math.max(this.#nowMs, event.atMs);
      this.current = actor;
      this.eventCount++;
      callback();
      await drained();
      this.current = this.world;
    }
    return done;
  }

  #push(event: Event): void {
    const events = this.#events;
    let index = events.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (isBefore(events[parent]!, event)) break;
      events[index] = events[parent]!;
      index = parent;
    }
    events[index] = event;
  }

  #pop(): Event | undefined {
    const events = this.#events;
    const first = events[0];
    const last = events.pop();
    if (first === undefined || last === first || last === undefined) return first;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= events.length) break;
      if (child + 1 < events.length && isBefore(events[child + 1]!, events[child]!)) child++;
      if (isBefore(last, events[child]!)) break;
      events[index] = events[child]!;
      index = child;
    }
    events[index] = last;
    return first;
  }
}

function isBefore(left: Event, right: Event): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
}

/** Everything that waits for promises alone has gone on. */
function drained(): Promise<void> {
  return new Promise((resolve) => void nextTurn(resolve));
}
