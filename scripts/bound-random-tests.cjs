/**
 * Bounds the time of every random test, shrinking included: a test that runs in one go cannot be stopped by Jest's own
 * timeout, and a failing one would shrink large values for hours. A test that meets the limit before it has failed is
 * a failure too, for it did not run what it says. The limit acts between two values: one endless call is not stopped.
 */
const { readFileSync } = require('node:fs');

const LIMIT_MS = process.env.NUTHATCH_NIGHTLY ? 3_600_000 : 600_000;

// Loaded only where it is used: fast-check costs more than most suites.
if (/\bfast-check\b/.test(readFileSync(expect.getState().testPath, 'utf8'))) {
  require('fast-check').configureGlobal({ interruptAfterTimeLimit: LIMIT_MS, markInterruptAsFailure: true });
}
