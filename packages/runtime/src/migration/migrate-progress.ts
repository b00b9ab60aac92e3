export type MigrateDirection = 'up' | 'down';

/** How far a run has come; a phase has its own counts: of bytes while reading, else of documents. */
export interface MigrateProgress {
  readonly phase: 'read' | 'migrate' | 'check' | 'backup' | 'write';
  readonly doneCount: number;
  readonly totalCount: number;
}
