import type { DocumentModel } from './document-model.js';
import { fingerprintOf, modelFingerprint } from './model-fingerprint.js';

/**
 * The hash of a whole state of the models: of every collection's name and fingerprint, in any order. Migrations name
 * the states they lead from and to by it. O(models), each of which is hashed once.
 *
 * Never change: migrations in users' repositories name their parents by it.
 */
export function modelsHash(models: readonly DocumentModel[]): string {
  const lines = models.map((model) => `${JSON.stringify(model.collection)} ${modelFingerprint(model)}\n`);
  return fingerprintOf(`models\n${lines.sort().join('')}`);
}
