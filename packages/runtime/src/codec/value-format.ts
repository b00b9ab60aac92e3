/** Constants of the value encoding, see docs/journal-format.md, section "Values". Never change one. */

/** Integers of smaller magnitude are written as varints: zigzag and the form bit leave 51 of 53 bits. */
export const VARINT_NUMBER_LIMIT = 2 ** 51;

/** Strings up to this many characters are written and read by loops in JavaScript; twice the count fits one byte. */
export const SHORT_STRING_CHARACTERS = 32;

/** Most elements of a container whose elements take no bytes at all: nothing else bounds their count. */
export const MAX_EMPTY_ELEMENTS = 2 ** 20;
