/** A folder with databases of players, a journal in a real engine, and the command line run beside them. */
import type { SharedJournal } from '../../../cluster/src/index.js';
import { openPlayers, type PlayerDatabase, player } from '../../../runtime/test/support/open-players.js';
import { DirectoryFixture } from '../support/directory-fixture.js';

/** The environment variable that holds the URL. */
export const VARIABLE = 'NUTHATCH_TEST_ENGINE';

export class ClusterFixture extends DirectoryFixture {
  /** As `run` of `nuthatch cluster`. */
  cluster(verb: string, ...args: readonly string[]): Promise<{ exitCode: number; out: string; err: string }> {
    return this.run('cluster', verb, ...args, '--url-env', VARIABLE);
  }

  /** As `cluster` with `--json`. */
  async clusterJson(
    verb: string,
    ...args: readonly string[]
  ): Promise<{ exitCode: number; result: Record<string, unknown> }> {
    const { exitCode, out } = await this.cluster(verb, ...args, '--json');
    return { exitCode, result: JSON.parse(out) as Record<string, unknown> };
  }

  /** A node, with a directory of the folder or in memory. */
  node(journal: SharedJournal, name?: string): Promise<PlayerDatabase> {
    const place = name === undefined ? { memory: true } : { directory: this.at(name) };
    return openPlayers({ ...place, journal, compaction: 'manual' } as never);
  }
}

export { player };
