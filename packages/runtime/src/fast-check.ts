/** Arbitraries of fast-check for documents; needs `fast-check`, an optional peer. */
export { arbitrary, arbitraryMany, type FieldArbitraries } from './testing/arbitrary/arbitrary.js';
