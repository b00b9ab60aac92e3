/**
 * The messages between a database and a reader, over the port that was handed to it. All that is large is shared memory.
 *
 *   reader ─▶ hello       the classes it was generated from; asked once
 *   reader ─▶ again       it was let go of, and asks for another image
 *   owner  ─▶ welcome     an image, the log from there on, and the words of shared memory
 *   owner  ─▶ refused     instead of it: why
 *   owner  ─▶ image       the answer to `again`
 *   owner  ─▶ segment     a part of the log that begins
 *   owner  ─▶ news        the log has grown, said once to who waits for it
 *   owner  ─▶ closed      there will be no more
 */
import type { ErrorCode, ErrorFacts } from '@nuthatch/model';
import type { StoredModel } from '../../journal/model-table.js';
import type { SharedImage } from './shared-image.js';
import type { LogSegment } from './shared-log.js';

/** Both sides must have the same. */
export const PROTOCOL = 'nuthatch-reader-1';

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

const KINDS: Readonly<Record<ToReader['kind'], readonly string[]>> = {
  welcome: ['image', 'ownerWords', 'readerWords', 'models', 'segments'],
  refused: ['code', 'what'],
  image: ['image', 'segments'],
  segment: ['segment'],
  news: [],
  closed: [],
};

/** As `messageToOwner`: only its form is looked at. */
export function messageToReader(message: unknown): ToReader | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { kind } = message as { readonly kind?: unknown };
  if (typeof kind !== 'string' || !Object.hasOwn(KINDS, kind)) return undefined;
  const names = KINDS[kind as ToReader['kind']];
  return names.every((name) => name in message) ? (message as ToReader) : undefined;
}
