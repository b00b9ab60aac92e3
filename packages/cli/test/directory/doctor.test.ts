/** What `nuthatch doctor` says of a directory, in use and not. */
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { DirectoryFixture } from '../support/directory-fixture.js';

let fixture: DirectoryFixture;
beforeEach(() => {
  fixture = new DirectoryFixture();
});
afterEach(() => fixture.remove());

interface Checked {
  readonly status: string;
  readonly found: string;
}

async function checksOf(directory: string): Promise<{ exitCode: number; checks: ReadonlyMap<string, Checked> }> {
  const { exitCode, result } = await fixture.json('doctor', directory);
  const list = result['checks'] as readonly (Checked & { readonly name: string })[];
  return { exitCode, checks: new Map(list.map((check) => [check.name, check])) };
}

describe('nuthatch doctor', () => {
  it('says who has the database, and changes nothing in its directory', async () => {
    await fixture.write(3);
    const stamp = () => [readdirSync(fixture.at('data')), statSync(fixture.at('data')).mtimeMs];
    const before = stamp();
    const closed = await checksOf('data');
    expect(closed.checks.get('database')).toMatchObject({ status: 'ok' });
    expect(closed.checks.get('generated code')).toMatchObject({ status: 'skipped' });
    expect(stamp()).toEqual(before);
    const db = await fixture.open();
    const open = await checksOf('data');
    expect(open.checks.get('database')).toMatchObject({
      ...{ status: 'note', found: `process ${process.pid} has it open` },
    });
    await db.close();
  });

  it('finds that a directory holds no database, or is not there', async () => {
    mkdirSync(fixture.at('other'));
    writeFileSync(fixture.at('other', 'stray'), '');
    for (const name of ['other', 'missing']) {
      const { exitCode, checks } = await checksOf(name);
      expect([exitCode, checks.get('database')?.status]).toEqual([1, 'problem']);
    }
    expect(readdirSync(fixture.folder)).toEqual(['other']);
  });
});
