/** Databases for the verbs that care for directories, and the command line run beside them. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { DatabaseOptions } from '../../../runtime/src/database/database-options.js';
import { openPlayers, type PlayerDatabase, player } from '../../../runtime/test/support/open-players.js';
import { runCli } from '../../src/cli.js';

export const KEY = new Uint8Array(32).fill(7);

export class DirectoryFixture {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'nuthatch-verbs-')));

  /** A path in the folder. */
  at(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  /** Opens `data`, or another directory of the folder. */
  open(more: Partial<DatabaseOptions> = {}, name: string = 'data'): Promise<PlayerDatabase> {
    return openPlayers({ directory: this.at(name), compaction: 'manual', pageBytes: 4096, ...more } as DatabaseOptions);
  }

  /** `data` with as many players, closed; named so that a leak of contents is seen. */
  async write(count: number, more: Partial<DatabaseOptions> = {}): Promise<void> {
    const db = await this.open(more);
    for (let index = 0; index < count; index++)
      await db.player.insert({ ...player(`p${index}`), name: `secret ${index}`, age: index % 100 });
    await db.close();
  }

  async run(...args: readonly string[]): Promise<{ exitCode: number; out: string; err: string }> {
    const out: string[] = [];
    const err: string[] = [];
    const exitCode = await runCli(args, { out: (text) => out.push(text), err: (text) => err.push(text) }, this.folder);
    return { exitCode, out: out.join('\n'), err: err.join('\n') };
  }

  /** As `run` with `--json`. */
  async json(...args: readonly string[]): Promise<{ exitCode: number; result: Record<string, unknown> }> {
    const { exitCode, out } = await this.run(...args, '--json');
    return { exitCode, result: JSON.parse(out) as Record<string, unknown> };
  }

  /** The class of the players, as generated code of a project in the folder. */
  writeCode(): void {
    mkdirSync(this.at('generated'));
    const definition = JSON.stringify(resolve(__dirname, '../../../runtime/test/support/player-definition.ts'));
    writeFileSync(
      this.at('generated', 'index.ts'),
      `import { playerDefinition } from ${definition};\nexport const definitions = [playerDefinition];\n`,
    );
  }

  /** Flips a bit in the n-th page of `data`, a little before its end. */
  damage(index: number = 0): string {
    const name = readdirSync(this.at('data')).filter((each) => each.startsWith('page'))[index] as string;
    const bytes = readFileSync(this.at('data', name));
    bytes[bytes.length - 90] = (bytes[bytes.length - 90] as number) ^ 1;
    writeFileSync(this.at('data', name), bytes);
    return name;
  }

  /** All players of a directory, opened and closed again. */
  async playersOf(name: string): Promise<Record<string, unknown>[]> {
    const db = await this.open({}, name);
    const players = db.player.all().all();
    await db.close();
    return players as unknown as Record<string, unknown>[];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
