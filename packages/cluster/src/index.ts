/** Several nodes share one database over a journal in an existing engine. */
export type { SharedJournal } from '@nuthatch/runtime/cluster';
export { ClusterJournal } from './cluster-journal.js';
export type { JournalEngine, JournalPlace, StoredFrame } from './engine/journal-engine.js';
export type { EngineCall, EngineFaults } from './engines/memory/memory-engine.js';
export { memoryJournal } from './engines/memory/memory-journal.js';
export { type PostgresJournalOptions, postgresJournal } from './engines/postgres/postgres-journal.js';
