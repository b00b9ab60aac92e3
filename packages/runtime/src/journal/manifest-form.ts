/**
 * Whether what a manifest's bytes say has the form of a manifest: the checksum tells damage, not what a faulty tool
 * has written. Members that this version does not know are let through.
 */

type Check = (value: unknown) => boolean;

const isInteger =
  (least: number, most: number = Number.MAX_SAFE_INTEGER): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
const isHex =
  (digits: number): Check =>
  (value) =>
    typeof value === 'string' && value.length === digits && /^[0-9a-f]*$/.test(value);
const isListOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const isAbsentOr =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const isNullOr =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const has =
  (members: Readonly<Record<string, Check>>): Check =>
  (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const record = value as Readonly<Record<string, unknown>>;
    return Object.entries(members).every(([name, check]) =>
      check(Object.hasOwn(record, name) ? record[name] : undefined),
    );
  };

/** Highest number of a page or snapshot; ten digits in its name hold it. */
const MAX_NUMBER = 2 ** 32 - 1;
const CHAIN_DIGITS = 32;
const isNumber = isInteger(1, MAX_NUMBER);
const isCount = isInteger(0);
const isEnd = { byteCount: isCount, lastSeq: isCount, chain: isHex(CHAIN_DIGITS) };
const isSnapshot = has({
  number: isNumber,
  seq: isCount,
  byteCount: isCount,
  frameCount: isCount,
  chain: isHex(CHAIN_DIGITS),
  parts: isAbsentOr(isListOf(isCount)),
});
const isDelta = has({
  number: isNumber,
  afterSeq: isCount,
  fromMs: Number.isFinite,
  seq: isCount,
  byteCount: isCount,
  frameCount: isCount,
  chain: isHex(CHAIN_DIGITS),
});
const isPage = has({ number: isNumber, firstSeq: isCount, codecId: isCount, sealed: isAbsentOr(has(isEnd)) });
const MEMBERS: Readonly<Record<string, Check>> = {
  uuid: isHex(32),
  incarnation: isCount,
  epoch: isCount,
  pages: isListOf(isPage),
  snapshot: isNullOr(isSnapshot),
  previousSnapshot: isNullOr(isSnapshot),
  deltas: isAbsentOr(isListOf(isDelta)),
  salvaged: isListOf(has({ page: isCount, offset: isCount, endOffset: isCount })),
  lastModelId: isCount,
  clean: isAbsentOr(has({ page: isNumber, ...isEnd })),
};

/** Names the first member that is not as a manifest has it; undefined when all are. O(pages). */
export function manifestFault(value: unknown): string | undefined {
  if (!has({})(value)) return 'is not an object';
  const record = value as Readonly<Record<string, unknown>>;
  for (const [name, check] of Object.entries(MEMBERS)) {
    if (!check(Object.hasOwn(record, name) ? record[name] : undefined)) return `has a missing or invalid \`${name}\``;
  }
  const pages = record['pages'] as readonly { readonly number: number }[];
  if (pages.length === 0) return 'names no page';
  const deltas = (record['deltas'] ?? []) as readonly { readonly afterSeq: number; readonly seq: number }[];
  const areInOrder = deltas.every(
    ({ afterSeq, seq }, index) => afterSeq < seq && (index === 0 || seq > deltas[index - 1]!.seq),
  );
  if (!areInOrder) return 'names its deltas out of order';
  const isAscending = pages.every((page, index) => index === 0 || page.number > (pages[index - 1]?.number ?? 0));
  return isAscending ? undefined : 'names its pages out of order';
}
