/** For tests of applications: databases that are forked for each test, a clock, valid documents of a class. */

export { type Factory, type FactoryOptions, type FactoryValues, factory } from './testing/factory/factory.js';
export { TestClock } from './testing/test-clock.js';
export {
  clockOf,
  createTestDatabase,
  fork,
  type SeedDocuments,
  type TestDatabase,
  type TestDatabaseOptions,
  type TestMembers,
} from './testing/test-database.js';
