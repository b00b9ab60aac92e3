/**
 * Tests run on the TypeScript sources, without a build: @nuthatch/x is packages/x/src. Types are checked by
 * `npm run typecheck`, not here. Files named *.tc39.ts (and folders named tc39) hold TC39 decorators.
 */
const swc = (decorators) => [
  '@swc/jest',
  {
    jsc: {
      target: 'es2022',
      keepClassNames: true,
      parser: { syntax: 'typescript', decorators: true },
      transform:
        decorators === 'legacy' ? { legacyDecorator: true, decoratorMetadata: false } : { decoratorVersion: '2022-03' },
    },
    module: { type: 'commonjs' },
  },
];

/** With NUTHATCH_PUBLISHED set the packages are those that are published, bundled in `dist`: see scripts/nightly.mjs. */
const packages = process.env.NUTHATCH_PUBLISHED
  ? {
      '^@nuthatch/([a-z]+)$': '<rootDir>/packages/$1/dist/index.js',
      '^@nuthatch/([a-z]+)/([a-z-]+)$': '<rootDir>/packages/$1/dist/$2.js',
    }
  : {
      '^@nuthatch/([a-z]+)$': '<rootDir>/packages/$1/src/index.ts',
      '^@nuthatch/([a-z]+)/([a-z-]+)$': '<rootDir>/packages/$1/src/$2.ts',
    };

module.exports = {
  testEnvironment: 'node',
  maxWorkers: 2,
  // Far above what any test needs: a busy machine is no failure. It only ends what would hang for ever.
  testTimeout: process.env.NUTHATCH_NIGHTLY ? 14_400_000 : 600_000,
  setupFilesAfterEnv: ['<rootDir>/scripts/bound-random-tests.cjs'],
  testMatch: [
    '<rootDir>/packages/*/src/**/*.test.ts',
    '<rootDir>/packages/*/test/**/*.test.ts',
    '<rootDir>/test/**/*.test.ts',
  ],
  modulePathIgnorePatterns: ['<rootDir>/packages/[^/]+/(build|dist)/', '<rootDir>/build/', '<rootDir>/bench/'],
  transform: { '(\\.tc39|/tc39/[^/]+)\\.ts$': swc('tc39'), '\\.ts$': swc('legacy') },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    ...packages,
    // For pages of documentation, which run outside of the repository.
    '^fast-check$': require.resolve('fast-check'),
    '^(knex|prom-client|pino|@opentelemetry/sdk-metrics)$': '<rootDir>/node_modules/$1',
    '^nuthatch$': '<rootDir>/packages/cli/src/index.ts',
  },
  reporters: ['default', '<rootDir>/scripts/summary-reporter.cjs'],
};
