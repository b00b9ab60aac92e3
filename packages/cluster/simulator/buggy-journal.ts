/** Mistakes in a node's own code, put between a database and its shared journal: the simulator has to find them. */
import type { NodeParts, SharedJournal } from '@nuthatch/runtime/cluster';
import type { SharedJournalListener, StoredTransaction } from '../../runtime/src/journal/journal.js';
import type { Bugs } from './simulation.js';

export function withBugs(journal: SharedJournal, { isNotRunAgain, isHalfApplied }: Bugs): SharedJournal {
  if (isNotRunAgain !== true && isHalfApplied !== true) return journal;
  return {
    makeBlobs: () => journal.makeBlobs(),
    join: async (place) => {
      const joined = await journal.join(place);
      return {
        ...joined,
        attach: (parts: NodeParts) => {
          const node = joined.attach(parts);
          let isOvertaking = false;
          const listen = (listener: SharedJournalListener): void =>
            node.listen({
              written: (seq) => listener.written(seq),
              synced: (seq) => listener.synced(seq),
              failed: (error, isUnknown) => listener.failed(error, isUnknown),
              overtaken: (arrived, between, isRest) => {
                isOvertaking = true;
                try {
                  listener.overtaken(
                    isHalfApplied === true ? arrived.map(withoutLastEffect) : arrived,
                    between,
                    isRest,
                  );
                } finally {
                  isOvertaking = false;
                }
              },
            } as SharedJournalListener);
          return new Proxy(node, {
            get: (target, name) => {
              if (name === 'listen') return listen;
              if (name === 'append' && isNotRunAgain === true && isOvertaking) return () => target.lastSeq + 1;
              const value: unknown = Reflect.get(target, name, target);
              return typeof value === 'function' ? value.bind(target) : value;
            },
          });
        },
      };
    },
  };
}

function withoutLastEffect(transaction: StoredTransaction): StoredTransaction {
  const { effects } = transaction;
  return effects.length > 1 ? { ...transaction, effects: effects.slice(0, -1) } : transaction;
}
