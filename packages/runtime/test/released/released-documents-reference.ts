/** Releases and lifetimes over a plain Map: what the engine has to answer. */
export type State = 'draft' | 'active' | 'obsolete';

export interface PlainPart {
  readonly id: string;
  readonly weight: number;
  readonly state: State;
}

export interface PlainRelease {
  readonly weight: number;
  state: State;
}

interface Entry {
  part: PlainPart;
  revision: number;
  isReleased: boolean;
  readonly releases: PlainRelease[];
}

const FOLLOWERS: Readonly<Record<State, readonly State[]>> = {
  draft: ['active'],
  active: ['obsolete', 'draft'],
  obsolete: [],
};

/** What was refused, as its error code. */
export class Refused extends Error {}

export class ReferenceParts {
  #entries = new Map<string, Entry>();

  /** Everything as it is now, to go back to. */
  saved(): Map<string, Entry> {
    return structuredClone(this.#entries);
  }

  goBack(saved: Map<string, Entry>): void {
    this.#entries = structuredClone(saved);
  }

  /** Sorted, as the engine's answer is compared with it. */
  get shown(): readonly object[] {
    return [...this.#entries.values()]
      .map(({ part, revision, isReleased, releases }) => ({
        ...{ part, revision, isReleased },
        releases: releases.map((release, index) => {
          const isOwn = isReleased && index === releases.length - 1;
          return { weight: release.weight, state: isOwn ? part.state : release.state };
        }),
      }))
      .sort((a, b) => (a.part.id < b.part.id ? -1 : 1));
  }

  insert(id: string, weight: number): void {
    if (this.#entries.has(id)) throw new Refused('DUPLICATE_KEY');
    const part: PlainPart = { id, weight, state: 'draft' };
    this.#entries.set(id, { part, revision: 1, isReleased: false, releases: [] });
  }

  update(id: string, weight: number): void {
    const entry = this.#require(id);
    if (entry.part.weight === weight) return;
    if (entry.isReleased) throw new Refused('DOCUMENT_RELEASED');
    this.#put(entry, { ...entry.part, weight });
  }

  upsert(id: string, weight: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) {
      this.insert(id, weight);
      return;
    }
    const { part } = entry;
    const isOnlyState = part.weight === weight && part.state !== 'draft';
    if (entry.isReleased && !isOnlyState) throw new Refused('DOCUMENT_RELEASED');
    requireTransition(part.state, 'draft');
    this.#put(entry, { id, weight, state: 'draft' });
  }

  setState(id: string, to: State, release: number | undefined): void {
    const entry = this.#require(id);
    const older =
      release === undefined || (entry.isReleased && release === entry.releases.length) ? undefined : release;
    if (older === undefined) {
      requireTransition(entry.part.state, to);
      if (entry.part.state !== to) this.#put(entry, { ...entry.part, state: to });
      return;
    }
    const found = entry.releases[older - 1];
    if (found === undefined) throw new Refused('DOCUMENT_NOT_RELEASED');
    requireTransition(found.state, to);
    if (found.state === to) return;
    found.state = to;
    entry.revision++;
  }

  release(id: string): void {
    const entry = this.#require(id);
    if (entry.isReleased) throw new Refused('DOCUMENT_RELEASED');
    entry.releases.push({ weight: entry.part.weight, state: entry.part.state });
    entry.isReleased = true;
    entry.revision++;
  }

  revise(id: string): void {
    const entry = this.#require(id);
    if (!entry.isReleased) throw new Refused('DOCUMENT_NOT_RELEASED');
    entry.releases.at(-1)!.state = entry.part.state;
    entry.isReleased = false;
    this.#put(entry, { ...entry.part, state: 'draft' });
  }

  delete(id: string): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    if (entry.isReleased) throw new Refused('DOCUMENT_RELEASED');
    const last = entry.releases.at(-1);
    if (last === undefined) this.#entries.delete(id);
    else {
      entry.isReleased = true;
      this.#put(entry, { id, weight: last.weight, state: last.state });
    }
    return true;
  }

  #put(entry: Entry, part: PlainPart): void {
    entry.part = part;
    entry.revision++;
  }

  #require(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new Refused('DOCUMENT_NOT_FOUND');
    return entry;
  }
}

function requireTransition(from: State, to: State): void {
  if (from !== to && !FOLLOWERS[from].includes(to)) throw new Refused('TRANSITION_REFUSED');
}
