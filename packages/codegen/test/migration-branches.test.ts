/** Two branches of a repository that both wrote a migration: merged by git, then generated. */
import { execFileSync } from 'node:child_process';
import { DatabaseError, type DocumentModel } from '@nuthatch/model';
import { TemporaryProject } from './support/temporary-project.js';

const FIELDS = '@Id() id!: string;\n\nemail!: string;\n\nage!: number;\n\nname?: string;\n\ncity!: string;';

interface Manifest {
  readonly migrations: readonly {
    readonly id: string;
    readonly parents: readonly string[];
    readonly result: string;
    readonly before: readonly DocumentModel[];
    readonly collections?: Readonly<
      Record<string, { from: string; to: string; up(document: object): object; down?(document: object): object }>
    >;
  }[];
}

class Branches {
  readonly project = new TemporaryProject();

  change(name: 'player' | 'club', fields: string): void {
    const className = name === 'player' ? 'Player' : 'Club';
    this.project.write(
      `schemas/${name}.ts`,
      `import { Document, Id } from '@nuthatch/decorators';\n@Document()\nexport class ${className} {\n${fields}\n}\n`,
    );
  }

  async commit(work: () => void, renames: readonly string[] = []): Promise<void> {
    work();
    await this.project.generate({ renames });
    this.git('add', '.');
    this.git('commit', '-qm', 'work');
  }

  /** Each branch's work upon the same commit, then git's merge of both, its marks left where it cannot merge. */
  async merge(a: () => Promise<void>, b: () => Promise<void>): Promise<void> {
    this.git('checkout', '-qb', 'other');
    await b();
    this.git('checkout', '-q', 'main');
    await a();
    this.git('merge', '-q', 'other', { mayFail: true });
  }

  git(...args: (string | { mayFail: true })[]): void {
    const words = args.filter((arg) => typeof arg === 'string');
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@x.io', '-c', 'core.autocrlf=false'];
    try {
      execFileSync('git', [...identity, ...words], { cwd: this.project.folder, stdio: 'pipe' });
    } catch (error) {
      if (words.length === args.length) throw error;
    }
  }

  manifest(): Manifest['migrations'] {
    return this.project.load<Manifest>('generated/migrations.ts').migrations;
  }
}

async function start(): Promise<Branches> {
  const branches = new Branches();
  branches.git('init', '-q', '-b', 'main');
  branches.project.write('.gitignore', 'node_modules\n');
  await branches.commit(() => {
    branches.change('player', FIELDS);
    branches.change('club', FIELDS);
  });
  return branches;
}

describe('migrations of two branches', () => {
  it('are joined by a step with two parents where they change different collections', async () => {
    const branches = await start();
    using project = branches.project;
    await branches.merge(
      () => branches.commit(() => branches.change('player', FIELDS.replace('name?', 'nick?')), ['name:nick']),
      () => branches.commit(() => branches.change('club', FIELDS.replace('age', 'size')), ['age:size']),
    );
    const { migrations } = await project.generate();
    expect(migrations).toHaveLength(1);
    const all = branches.manifest();
    expect(all.map(({ id }) => id.slice(0, 4))).toEqual(['0001', '0001', '0002']);
    const [club, player, merge] = all;
    expect(merge!.parents).toEqual([club!.result, player!.result]);
    expect([club!.parents, merge!.collections, merge!.before]).toEqual([player!.parents, undefined, []]);
    expect(await project.generate({ isForced: true })).toMatchObject({ migrations: [], modelChanges: [] });
  });

  it('are joined if they change different fields of one collection, for documents of either branch', async () => {
    const branches = await start();
    using project = branches.project;
    await branches.merge(
      () => branches.commit(() => branches.change('player', FIELDS.replace('name?', 'nick?')), ['name:nick']),
      () => branches.commit(() => branches.change('player', FIELDS.replace('age', 'years')), ['age:years']),
    );
    branches.change('player', FIELDS.replace('name?', 'nick?').replace('age', 'years'));
    expect((await project.generate()).migrations).toHaveLength(2);
    const [years, nick, fromYears, fromNick] = branches.manifest().map(({ collections }) => collections!['player']!);
    const old = { id: '1', email: 'a', age: 3, name: 'n', city: 'c', unknown: 1 };
    const both = { id: '1', email: 'a', years: 3, nick: 'n', city: 'c', unknown: 1 };
    expect([fromYears!.from, fromNick!.from]).toEqual([years!.to, nick!.to]);
    expect(fromYears!.to).toBe(fromNick!.to);
    expect(fromYears!.up(years!.up(old))).toEqual(both);
    expect(fromNick!.up(nick!.up(old))).toEqual(both);
    expect(years!.down!(fromYears!.down!(both))).toEqual(old);
    expect(nick!.down!(fromNick!.down!(both))).toEqual(old);
    expect((await project.generate({ isForced: true })).migrations).toEqual([]);
  });

  it('that change the same field are refused with its name; without one of them, the other works', async () => {
    const branches = await start();
    using project = branches.project;
    await branches.merge(
      () => branches.commit(() => branches.change('player', FIELDS.replace('name?', 'nick?')), ['name:nick']),
      () => branches.commit(() => branches.change('player', FIELDS.replace('name?', 'alias?')), ['name:alias']),
    );
    branches.change('player', FIELDS.replace('name?', 'alias?'));
    const error = await project.generate().catch((thrown: unknown) => thrown);
    expect(DatabaseError.is(error, 'MIGRATION_CONFLICT')).toBe(true);
    expect((error as Error).message).toContain('both change player.name');
    const [mine, theirs] = project.list('schemas/migrations');
    expect((error as Error).message).toContain(mine);
    expect((error as Error).message).toContain(theirs);
    project.remove(`schemas/migrations/${mine}`);
    await project.generate({ renames: ['nick:alias'] });
    const ways = branches.manifest().map(({ collections }) => collections!['player']!);
    expect(ways[0]!.to).toBe(ways[1]!.from);
    expect(ways[1]!.up(ways[0]!.up({ id: '1', name: 'n' }))).toEqual({ id: '1', alias: 'n' });
  });

  it('are refused while the class matches neither of them', async () => {
    const branches = await start();
    using project = branches.project;
    await branches.merge(
      () => branches.commit(() => branches.change('player', FIELDS.replace('name?', 'nick?')), ['name:nick']),
      () => branches.commit(() => branches.change('player', FIELDS.replace('age', 'years')), ['age:years']),
    );
    branches.change('player', FIELDS.replace('name?', 'nick?').replace('age!: number', 'years!: string'));
    await expect(project.generate()).rejects.toThrow(/another player\.years than its migration makes/);
  });

  it('are joined though a third branch comes along', async () => {
    const branches = await start();
    using project = branches.project;
    branches.git('branch', 'third');
    await branches.merge(
      () => branches.commit(() => branches.change('player', FIELDS.replace('name?', 'nick?')), ['name:nick']),
      () => branches.commit(() => branches.change('club', FIELDS.replace('age', 'size')), ['age:size']),
    );
    await branches.commit(() => {});
    branches.git('checkout', '-q', 'third');
    await branches.commit(() => branches.change('player', FIELDS.replace('city', 'town')), ['city:town']);
    branches.git('checkout', '-q', 'main');
    branches.git('merge', '-q', 'third', { mayFail: true });
    branches.change('player', FIELDS.replace('name?', 'nick?').replace('city', 'town'));
    await project.generate();
    const all = branches.manifest();
    const last = all.at(-1)!;
    expect(last.parents).toHaveLength(2);
    expect((await project.generate({ isForced: true })).migrations).toEqual([]);
  });
});
