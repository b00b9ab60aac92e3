/**
 * The messages between a database and a reader, over the port that was handed to it. All that is large is shared memory.
 *
 *   owner  ─▶ here        before anything else: a database is at the other end
 *   reader ─▶ hello       the classes it was generated from; asked once
 *   reader ─▶ again       it was let go of, and asks for another image
 *   owner  ─▶ welcome     an image, the log from there on, and the words of shared memory
 *   owner  ─▶ refused     instead of it: why
 *   owner  ─▶ image       the answer to `again`
 *   owner  ─▶ segment     a part of the log that begins
 *   owner  ─▶ news        the log has grown, said once to who waits for it
 *   owner  ─▶ closed      there will be no more
 */
import { ERROR_CATALOGUE, type ErrorCode, type ErrorFacts } from '@nuthatch/model';
import type { StoredModel } from '../../journal/model-table.js';
import { isSharedMemory } from '../../structures/shared-memory.js';
import type { SharedImage } from './shared-image.js';
import type { LogSegment } from './shared-log.js';

/** Both sides must have the same. */
export const PROTOCOL = 'nuthatch-reader-2';

export interface Hello {
  readonly kind: 'hello';
  readonly protocol: string;
  /** Each collection of a class, and each view, with the fingerprint of all that it says. */
  readonly identities: readonly CollectionIdentity[];
}

export type CollectionIdentity = readonly [name: string, identity: string];

export interface Place {
  readonly image: SharedImage;
  /** The image holds all of the log before it. */
  readonly position: number;
  readonly segments: readonly LogSegment[];
}

export interface Welcome extends Place {
  readonly kind: 'welcome';
  readonly ownerWords: SharedArrayBuffer;
  readonly readerWords: SharedArrayBuffer;
  readonly models: readonly StoredModel[];
  readonly keyValues: readonly string[];
  readonly uuid: string;
  readonly name: string;
}

export interface Refused {
  readonly kind: 'refused';
  readonly code: ErrorCode;
  readonly what: string;
  readonly facts: ErrorFacts;
}

export type ToReader =
  | Welcome
  | Refused
  | (Place & { readonly kind: 'image' })
  | { readonly kind: 'segment'; readonly segment: LogSegment }
  | { readonly kind: 'here' }
  | { readonly kind: 'news' }
  | { readonly kind: 'closed' };

export type ToOwner = Hello | { readonly kind: 'again' };

/** What came over a port may be anything that somebody posted to it. */
export function messageToOwner(message: unknown): ToOwner | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { kind, protocol, identities } = message as { readonly [Name in keyof Hello]?: unknown };
  if (kind === 'again') return { kind };
  const isHello = kind === 'hello' && typeof protocol === 'string' && Array.isArray(identities);
  return isHello && identities.every(isIdentity) ? { kind, protocol, identities } : undefined;
}

function isIdentity(value: unknown): value is CollectionIdentity {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}

type IsPart = (value: unknown) => boolean;

const isText: IsPart = (value) => typeof value === 'string';
const isObject: IsPart = (value) => typeof value === 'object' && value !== null;
const isCount: IsPart = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isListOf =
  (isItem: IsPart): IsPart =>
  (value) =>
    Array.isArray(value) && value.every(isItem);
const isSegment: IsPart = (value) => {
  const { start, memory } = Object(value) as { readonly [Name in keyof LogSegment]?: unknown };
  return isCount(start) && isSharedMemory(memory);
};

const PLACE: Readonly<Record<string, IsPart>> = { image: isObject, position: isCount, segments: isListOf(isSegment) };
const KINDS: Readonly<Record<ToReader['kind'], Readonly<Record<string, IsPart>>>> = {
  welcome: {
    ...PLACE,
    ownerWords: isSharedMemory,
    readerWords: isSharedMemory,
    models: isListOf(isObject),
    keyValues: isListOf(isText),
    uuid: isText,
    name: isText,
  },
  refused: {
    code: (value) => isText(value) && Object.hasOwn(ERROR_CATALOGUE, value as string),
    what: isText,
    facts: isObject,
  },
  image: PLACE,
  segment: { segment: isSegment },
  here: {},
  news: {},
  closed: {},
};

/** As `messageToOwner`: its form is looked at, and not what shared memory holds. */
export function messageToReader(message: unknown): ToReader | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { kind } = message as { readonly kind?: unknown };
  if (typeof kind !== 'string' || !Object.hasOwn(KINDS, kind)) return undefined;
  const parts = Object.entries(KINDS[kind as ToReader['kind']]);
  const given = message as Readonly<Record<string, unknown>>;
  return parts.every(([name, isPart]) => isPart(given[name])) ? (message as ToReader) : undefined;
}
