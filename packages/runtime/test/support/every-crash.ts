/** Every state that a crash anywhere in a recorded run can leave, each with what was acknowledged before it. */
import type { Disk, DiskState } from './disk-states.js';
import { IS_NIGHTLY } from './long-run.js';
import type { TraceStep } from './recording-file-system.js';

/** Unsynced writes and names that are lost one by one, the newest first. */
const LOST_ONE_BY_ONE = IS_NIGHTLY ? 12 : 4;
/** What must be there: the seqs acknowledged as written and as synced, and the one of the last whole backup. */
export interface Due {
  readonly written: number;
  readonly synced: number;
  readonly backup: number;
}

/** Calls `visit` with every state that a crash anywhere in the trace can leave. */
export async function everyCrash(
  disk: Disk,
  trace: readonly TraceStep[],
  start: Due,
  visit: (state: DiskState, due: Due, isKill: boolean) => Promise<void>,
  random: () => number,
): Promise<void> {
  let due = start;
  for (const [index, step] of trace.entries()) {
    if (step.kind === 'note') {
      const { written = 0, synced = 0, backup = 0 } = step.note;
      due = {
        written: Math.max(due.written, written),
        synced: Math.max(due.synced, synced),
        backup: Math.max(due.backup, backup),
      };
    } else disk.apply(step);
    const visitNamed = async (state: DiskState, isKill: boolean): Promise<void> => {
      try {
        await visit(state, due, isKill);
      } catch (error) {
        if (error instanceof Error)
          error.message = `crash after step ${index} of ${trace.length} (${describeStep(step)}), ${isKill ? 'kill' : state.name}: ${error.message}`;
        throw error;
      }
    };
    await visitNamed(disk.kept(), true);
    for (const state of disk.powerCuts(LOST_ONE_BY_ONE)) await visitNamed(state, false);
    await visitNamed(disk.randomCut(random), false);
  }
}

function describeStep(step: TraceStep): string {
  return step.kind === 'write' ? `write of ${step.data.length} to file ${step.file}` : JSON.stringify(step);
}
