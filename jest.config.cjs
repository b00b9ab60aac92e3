const swc = (decorators) => ['@swc/jest', { jsc: { target: 'es2022', keepClassNames: true, parser: { syntax: 'typescript', decorators: true }, transform: decorators === 'legacy' ? { legacyDecorator: true, decoratorMetadata: false } : { decoratorVersion: '2022-03' } }, module: { type: 'commonjs' } }];
module.exports = {
  testEnvironment: 'node',
  maxWorkers: 2,
  testMatch: ['<rootDir>/packages/*/src/**/*.test.ts', '<rootDir>/packages/*/test/**/*.test.ts', '<rootDir>/test/**/*.test.ts'],
  transform: { '\\.tc39\\.ts$': swc('tc39'), '\\.ts$': swc('legacy') },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1', '^@nuthatch/([a-z]+)$': '<rootDir>/packages/$1/src/index.ts' },
};
