/**
 * The options of one write. Types hold TypeScript to it; what comes from JavaScript, or through a cast, is checked
 * here, since a misspelt name would be a promise nobody keeps: `ifRevison` that compares nothing, a `durability` that
 * no level is.
 */
import { DatabaseError } from '@nuthatch/model';
import { unknownOption } from '../definition/unknown-option.js';
import type { Durability } from '../journal/durability.js';
import type { ChangeOrigin } from '../journal/effect.js';

/** The facts about one call that the commit path needs. */
export interface CommitOptions {
  readonly durability?: Durability;
  readonly signal?: AbortSignal;
  readonly origin?: ChangeOrigin;
}

/** Weakest first. */
const LEVELS: readonly unknown[] = ['memory', 'os', 'interval', 'fsync'] satisfies readonly Durability[];
const COMMIT_NAMES = ['durability', 'signal', 'origin'] as const;
const PUT_NAMES = [...COMMIT_NAMES, 'ttlMs', 'returning'] as const;
const REVISION_NAMES = [...COMMIT_NAMES, 'ifRevision'] as const;
/** The options of each kind of write: another one's option would be a promise nobody keeps. */
const NAMES = {
  write: new Set<string>(COMMIT_NAMES),
  insert: new Set<string>(PUT_NAMES),
  update: new Set<string>([...PUT_NAMES, 'ifRevision']),
  delete: new Set<string>(REVISION_NAMES),
  release: new Set<string>(REVISION_NAMES),
  revise: new Set<string>(REVISION_NAMES),
  setLifetime: new Set<string>([...REVISION_NAMES, 'from', 'release']),
} as const;

export type KindOfWrite = keyof typeof NAMES;

const SHOWN: Readonly<Record<KindOfWrite, string>> = {
  write: 'this write',
  insert: 'an insert',
  update: 'an update',
  delete: 'a delete',
  release: '`release`',
  revise: '`revise`',
  setLifetime: '`setLifetime`',
};

/** Checks that a write of this kind has these options, and those that only some have. O(options). @throws DatabaseError `INVALID_OPTION`. */
export function checkOptionsOf(kind: KindOfWrite, options: object): void {
  const names = NAMES[kind];
  for (const name in options) if (!names.has(name)) throw unknownOption(name, SHOWN[kind], [...names]);
  const { returning, ifRevision } = options as { readonly returning?: unknown; readonly ifRevision?: unknown };
  if (returning !== undefined && returning !== 'document' && returning !== 'entry')
    throw refused('returning', `\`returning\` must be 'document' or 'entry', found ${show(returning)}`);
  if (ifRevision !== undefined && !(Number.isSafeInteger(ifRevision) && (ifRevision as number) >= 0))
    throw refused('ifRevision', `\`ifRevision\` must be a whole number of 0 or more, found ${show(ifRevision)}`);
}

/**
 * Checks the options of a write, and that its signal has not been aborted. O(options).
 *
 * @throws DatabaseError `INVALID_OPTION`, `ABORTED`.
 */
export function checkWriteOptions(options: CommitOptions): void {
  if (typeof options !== 'object' || Array.isArray(options))
    throw refused('options', `the options of a write must be an object, found ${show(options)}`);
  for (const name in options) if (!NAMES.update.has(name)) throw unknownOption(name, 'a write', [...NAMES.update]);
  const { durability, signal, origin } = options;
  if (durability !== undefined && !LEVELS.includes(durability))
    throw refused('durability', `\`durability\` must be one of ${LEVELS.join(', ')}, found ${show(durability)}`);
  if (origin !== undefined && origin !== 'live' && origin !== 'load')
    throw refused('origin', `\`origin\` must be 'live' or 'load', found ${show(origin)}`);
  if (signal === undefined) return;
  if (typeof (signal as { readonly aborted?: unknown } | null)?.aborted !== 'boolean')
    throw refused('signal', `\`signal\` must be an AbortSignal, found ${show(signal)}`);
  requireNotAborted(signal);
}

/** @throws DatabaseError `ABORTED`. */
export function requireNotAborted(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new DatabaseError(
    'ABORTED',
    'the signal of this write was aborted before its commit point',
    {},
    { cause: signal.reason },
  );
}

/** The level that keeps both promises. */
export function strongerLevel(a: Durability, b: Durability | undefined): Durability {
  return b !== undefined && LEVELS.indexOf(b) > LEVELS.indexOf(a) ? b : a;
}

function refused(option: string, what: string): DatabaseError {
  return new DatabaseError('INVALID_OPTION', what, { option });
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : typeof value === 'object' ? 'an object' : String(value);
}
