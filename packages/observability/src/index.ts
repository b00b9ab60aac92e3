/** What all adapters share: hearing one database, or all of the process. The adapters have paths of their own. */
export { METRICS, type MetricDescription } from './metrics/metric-list.js';
export {
  type Observation,
  type ObservedDatabase,
  type Observer,
  observe,
  observeAll,
  type TraceObserver,
} from './observe.js';
