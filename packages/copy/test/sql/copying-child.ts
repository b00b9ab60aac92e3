/** Copies the directory it is told to the tables it is told, and kills itself meanwhile. */
import { readDocuments } from '@nuthatch/runtime';
import knexOf, { type Knex } from 'knex';
import { copyTo, type SqlStoreOptions, sql } from '../../src/index.js';

export interface CopyOrder {
  readonly directory: string;
  readonly config: Knex.Config;
  readonly options: SqlStoreOptions;
  readonly batchRowCount: number;
  /** It dies so many milliseconds after so many batches, unless it has come to its end before. */
  readonly dieAfter: { readonly batchCount: number; readonly ms: number };
}

class CountedPlayer {
  readonly name?: string;

  get nameLength(): number | undefined {
    return this.name?.length;
  }
}

async function work({ directory, config, options, batchRowCount, dieAfter }: CopyOrder): Promise<void> {
  // As `nuthatch copy` reads it, beside the test that has it open. The generated code would double the time this process
  // takes to start: a class of this file's own computes what the schema's does.
  const { historyId, seq, definitions, documents } = await readDocuments({ directory });
  const players = (documents.get('player') ?? []).map((player) => Object.assign(new CountedPlayer(), player));
  const source = {
    historyId,
    definitions: definitions
      .filter(({ model }) => model.collection === 'player')
      .map((definition) => ({ ...definition, documentClass: CountedPlayer })),
    snapshot: async () => ({ seq, size: () => players.length, documents: () => players, close: () => undefined }),
  };
  const knex = knexOf(config);
  const die = (): void => void process.kill(process.pid, 'SIGKILL');
  const dieSoon = (): void => void (dieAfter.ms === 0 ? die() : setTimeout(die, dieAfter.ms).unref());
  if (dieAfter.batchCount === 0) dieSoon();
  let batchCount = 0;
  const onProgress = (): void => {
    if (++batchCount === dieAfter.batchCount) dieSoon();
  };
  await copyTo(source, sql(knex, options), { batchRowCount, onProgress });
  await knex.destroy();
}

process.stdin.once('data', (line) => {
  // An open input would keep the process alive.
  process.stdin.destroy();
  void work(JSON.parse(line.toString()) as CopyOrder);
});
