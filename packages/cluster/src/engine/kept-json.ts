/** What JSON that was kept has to be: it may have been damaged, or edited. */
import { LAST_MODEL_ID, type StoredModel } from '@nuthatch/runtime/cluster';

export function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function isStoredModel(value: unknown): boolean {
  const { modelId, fingerprint, json } = Object(value) as Partial<StoredModel>;
  return isCount(modelId) && modelId! <= LAST_MODEL_ID && typeof fingerprint === 'string' && typeof json === 'string';
}
