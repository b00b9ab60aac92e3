import { MemoryStore } from '../src/targets/memory/memory-store.js';
import { describeExternalStore } from './external-store-contract.js';

describeExternalStore('MemoryStore', async () => ({ store: new MemoryStore(), remove: async () => undefined }));
