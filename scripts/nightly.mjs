/** `npm run test:nightly`: the same tests with their long settings (millions of operations, thousands of kills). */
process.env.NUTHATCH_NIGHTLY = '1';
await import('./test.mjs');
