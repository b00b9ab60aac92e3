/** Parts, which are released and have states, on both sides of a connection. */
import type { NuthatchDatabase, PartInput } from '../../../../generated/index.js';
import type { Policy } from '../../src/server/policy.js';
import type { PlayerReplica } from './sync-players.js';

export const PARTS: Policy = { part: { read: true, write: true }, player: { read: true, write: true } };

export const part = (id: string, more: Partial<PartInput> = {}): PartInput => ({
  ...{ id, number: `N-${id}`, weight: 2 },
  ...more,
});

/** What one side shows of its parts and their releases. */
export function shownOf(db: NuthatchDatabase | PlayerReplica): Record<string, unknown> {
  const rows = [...db.part].map((each) => [
    each.id,
    {
      ...{ weight: each.weight, state: each.state, revision: db.part.revision(each.id) },
      isReleased: db.part.isReleased(each.id),
      history: db.part.history(each.id).map(({ release, revision, releasedAt, document }) => ({
        ...{ release, revision, at: releasedAt.getTime(), weight: document.weight, state: document.state },
      })),
    },
  ]);
  return Object.fromEntries(rows) as Record<string, unknown>;
}
