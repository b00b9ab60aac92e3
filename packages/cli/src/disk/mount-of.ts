/** The mount that a path lies on, as Linux tells it; nothing on other systems. */
import { readFileSync, realpathSync } from 'node:fs';

export interface Mount {
  readonly place: string;
  /** `ext4`, `tmpfs`, `nfs4`, `fuse.sshfs` … */
  readonly type: string;
  /** Of the mount and of the file system below it. */
  readonly options: readonly string[];
}

/** @returns undefined where the system does not tell. */
export function mountOf(path: string): Mount | undefined {
  let table: string;
  try {
    table = readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    // Not Linux, or /proc is not there: nothing can be told, and nothing is guessed.
    return undefined;
  }
  return mountIn(table, realpathSync(path));
}

/**
 * The last mount whose place the path begins with: later ones hide earlier ones.
 *
 * @param table as /proc/self/mountinfo (proc(5)): `id parent major:minor root place options optional* - type source options`.
 */
export function mountIn(table: string, path: string): Mount | undefined {
  let best: Mount | undefined;
  for (const row of table.split('\n')) {
    const [mount = '', fileSystem = ''] = row.split(' - ');
    const [, , , , escaped, options = ''] = mount.split(' ');
    const [type, , superOptions = ''] = fileSystem.split(' ');
    if (escaped === undefined || type === undefined) continue;
    const place = escaped.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    const isAbove = place === '/' || path === place || path.startsWith(`${place}/`);
    if (!isAbove || (best !== undefined && place.length < best.place.length)) continue;
    best = { place, type, options: [...options.split(','), ...superOptions.split(',')] };
  }
  return best;
}
