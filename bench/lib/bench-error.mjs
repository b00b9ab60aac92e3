/** Anything the benchmark itself refuses: a wrong answer, an unknown option, a peer that is not installed. */
export class BenchError extends Error {
  /** @param {string} message what happened, with the values @param {unknown} [cause] what made it happen */
  constructor(message, cause) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'BenchError';
  }
}
