import {
  accepted,
  acceptedOne,
  durableBatch,
  durableMany,
  durableOne,
  latenessInFlight,
  loopLateness,
  reopen,
  reopenAsLoaded,
  writesWhileCompacting,
} from './disk-phases.mjs';
import { bulkInsert, get, memory, range, rename, setAge, tag, tagCount, unique } from './memory-phases.mjs';

/**
 * What can be timed. `start` says what the store holds before: nothing (`empty`), all documents (`filled`), or it is
 * not opened yet (`closed`, over a directory with all documents; `unopened`, over an empty one that the phase fills). `modes` narrows the adapter's own.
 */
export const PHASES = {
  insert: { run: bulkInsert, start: 'empty', modes: (adapter) => adapter.modes.filter((mode) => mode !== 'durable') },
  get: { run: get, start: 'filled', modes: (adapter) => adapter.readModes },
  unique: { run: unique, start: 'filled', modes: (adapter) => adapter.readModes },
  'tag-count': { run: tagCount, start: 'filled', modes: (adapter) => adapter.readModes },
  tag: { run: tag, start: 'filled', modes: (adapter) => adapter.readModes },
  range: { run: range, start: 'filled', modes: (adapter) => adapter.readModes },
  rename: { run: rename, start: 'filled', writes: true, modes: (adapter) => adapter.updateModes ?? adapter.readModes },
  'set-age': {
    run: setAge,
    start: 'filled',
    writes: true,
    modes: (adapter) => adapter.updateModes ?? adapter.readModes,
  },
  memory: { run: memory, start: 'empty', modes: (adapter) => adapter.readModes },
  'durable-one': { run: durableOne, start: 'empty', modes: only('durable') },
  'durable-many': { run: durableMany, start: 'empty', modes: only('durable') },
  'durable-batch': { run: durableBatch, start: 'empty', modes: only('durable') },
  accepted: { run: accepted, start: 'empty', modes: only('journal') },
  'accepted-one': { run: acceptedOne, start: 'empty', modes: only('journal') },
  'loop-lateness': { run: loopLateness, start: 'empty', modes: only('durable') },
  'loop-in-flight': {
    run: latenessInFlight,
    start: 'empty',
    modes: (adapter) => adapter.modes.filter((mode) => mode !== 'memory'),
  },
  compacting: {
    run: writesWhileCompacting,
    start: 'filled',
    writes: true,
    modes: (adapter) => (adapter.compacts ? only('durable')(adapter) : []),
  },
  reopen: { run: reopen, start: 'closed', modes: only('journal') },
  'reopen-as-loaded': { run: reopenAsLoaded, start: 'unopened', modes: only('journal') },
};

function only(mode) {
  return (adapter) => adapter.modes.filter((each) => each === mode);
}
