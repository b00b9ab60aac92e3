import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { editedSinceBuilt } from '../src/load-generated.js';
import { CliProject } from './support/cli-project.js';

const SOURCE = 'schemas/migrations/0001-one/migration.ts';

/** A source and what was built from it, as many seconds old. */
function project(sourceAgeSeconds: number, builtAgeSeconds: number): CliProject {
  const made = new CliProject();
  const files: readonly (readonly [string, number])[] = [
    [SOURCE, sourceAgeSeconds],
    ['build/schemas/migrations/0001-one/migration.js', builtAgeSeconds],
  ];
  for (const [path, age] of files) {
    made.write(path, '');
    const time = Date.now() / 1000 - age;
    utimesSync(join(made.folder, path), time, time);
  }
  return made;
}

function edited(made: CliProject, module: string): readonly string[] {
  const code = {
    path: join(made.folder, module),
    definitions: [],
    views: [],
    migrations: [{ id: '0001-one' } as never],
  };
  return editedSinceBuilt(made.folder, {}, code, join(made.folder, 'schemas/migrations'));
}

describe('editedSinceBuilt', () => {
  it('names a migration whose build is older than its source', () => {
    using made = project(1, 100);
    expect(edited(made, 'build/generated/index.js')).toEqual([join(made.folder, SOURCE)]);
  });

  it('is quiet when the build is newer, is elsewhere, or nothing is built', () => {
    using made = project(100, 1);
    expect(edited(made, 'build/generated/index.js')).toEqual([]);
    using other = project(1, 100);
    expect(edited(other, 'elsewhere/index.js')).toEqual([]);
    expect(edited(other, 'generated/index.ts')).toEqual([]);
  });
});
