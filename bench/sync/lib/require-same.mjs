import { isDeepStrictEqual } from 'node:util';
import { BenchError } from '../../lib/bench-error.mjs';

/**
 * Throws unless these are the documents of the workload, each once, with the values that were written since.
 *
 * @param {Map<number, number>} written number of the document → its `createdAt`
 */
export function requireSame(workload, documents, written) {
  const missing = new Set(Array.from({ length: workload.documents }, (_, index) => index));
  for (const { id, email, name, tags, age, createdAt } of documents) {
    const number = Number(id.slice('person-'.length));
    if (!missing.delete(number)) throw new BenchError(`the client has ${id} twice, or should not have it`);
    const wanted = workload.document(number);
    wanted.createdAt = written.get(number) ?? wanted.createdAt;
    const found = { id, email, name, tags: [...tags], age, createdAt };
    if (!isDeepStrictEqual(found, wanted))
      throw new BenchError(`the client has ${JSON.stringify(found)}, the server ${JSON.stringify(wanted)}`);
  }
  if (missing.size > 0) throw new BenchError(`the client lacks ${missing.size} of ${workload.documents} documents`);
}
