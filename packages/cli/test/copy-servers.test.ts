/** The verbs over real servers, with the URL from an environment variable; each skipped where there is no server. */
import { canRunMariadb, startMariadb } from '../../../test/servers/mariadb.js';
import { canRunPostgres, startPostgres } from '../../../test/servers/postgres.js';
import { CliProject } from './support/cli-project.js';

const SERVERS = [
  { kind: 'postgres', canRun: canRunPostgres, start: startPostgres, name: 'PostgreSQL' },
  { kind: 'mariadb', canRun: canRunMariadb, start: startMariadb, name: 'MySQL' },
] as const;
const VARIABLE = 'NUTHATCH_TEST_SERVER';
/** What takes more than five seconds tells how far it is. */
const PROGRESS = /^(\w+ thing: .* per second.*\n?)*$/;

describe.each(SERVERS)('nuthatch copy, load and import-model with $kind', ({ kind, canRun, start, name }) => {
  let server: Awaited<ReturnType<typeof start>>;
  const isThere = canRun();

  beforeAll(async () => {
    if (isThere) server = await start();
    process.env[VARIABLE] = server?.url;
  });

  afterAll(async () => {
    delete process.env[VARIABLE];
    await server?.stop();
  });

  (isThere ? it : it.skip)('take a directory out, find it there, bring it back, and write a class', async () => {
    using project = new CliProject({ hasDependencies: true });
    project.schema('Thing', '@Id() id!: string;\n  @Index() mail!: string;\n  age?: number;\n  at?: Date;');
    await project.run('generate');
    project.write('things.csv', 'id,mail,age,at\na,ä@x.io,31,2026-01-02T03:04:05.678Z\nb,b@x.io,,\n');
    const things = ['--collections', 'thing'];
    expect((await project.run('load', 'csv', 'data', '--file', 'things.csv', ...things)).exitCode).toBe(0);

    const at = ['--url-env', VARIABLE, '--schema', 'shop'];
    const copied = await project.run('copy', kind, 'data', ...at);
    expect(copied).toMatchObject({ exitCode: 0, err: expect.stringMatching(PROGRESS) });
    expect(copied.out).toMatch(/^thing → thing: 2 documents, 2 written, 0 deleted, checksum [0-9a-f]{16}\n/);
    expect(copied.out).toContain(`${name} holds seq `);
    const again = await project.run('copy', kind, 'data', ...at);
    expect(again.out).toMatch(/^thing → thing: 2 documents, was there/);
    const loaded = await project.run('load', kind, 'second', ...at);
    expect(loaded).toMatchObject({ exitCode: 0, out: 'thing: 2 read, 2 loaded, 0 skipped, 0 rejected' });
    const twice = await project.run('load', kind, 'second', ...at);
    expect(twice.err).toMatch(/^LOAD_CONFLICT: /);
    const imported = await project.run('import-model', kind, ...at, '--table', 'thing');
    expect(imported.out).toContain('@Id() readonly id!: string;\n  mail!: string;\n  age?: number;\n  at?: Date;\n');
    for (const { out, err } of [copied, again, loaded, twice, imported]) expect(out + err).not.toContain('secret');
  });
});
