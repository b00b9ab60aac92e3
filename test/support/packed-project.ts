/**
 * An empty project elsewhere, with the packages as a user gets them: packed, and installed by npm.
 *
 * Needs the build (`npm test` makes it) and the npm registry or a warm cache.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export const ROOT = resolve(__dirname, '../..');
const PACKAGES = ['model', 'decorators', 'codegen', 'runtime', 'copy', 'sync', 'cli'];

/** A registry that is late or gone for a moment is no failure of ours. */
const NPMRC =
  'fund=false\naudit=false\nloglevel=error\nprefer-offline=true\nfetch-retries=6\nfetch-retry-mintimeout=2000\nfetch-timeout=120000\n';

export class PackedProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'nuthatch-packed-'));
  /** Of the commands: which Node they find first, for one. NODE_OPTIONS of the tests is not the user's. */
  env: NodeJS.ProcessEnv = process.env;
  /** By the name of the package, as npm is to be given it. */
  readonly tarballs: ReadonlyMap<string, string>;

  /** @param more packages that are installed beside those that every project has. */
  constructor(more: readonly string[] = []) {
    const place = join(this.folder, '.packed');
    mkdirSync(place);
    this.tarballs = new Map([...PACKAGES, ...more].map((name) => pack(name, place)));
    this.write('.npmrc', NPMRC);
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true });
    writeFileSync(join(this.folder, name), text);
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  has(name: string): boolean {
    return existsSync(join(this.folder, name));
  }

  /** Folder of one of our packages, installed. */
  installed(name: string): string {
    return join(this.folder, 'node_modules', name === 'cli' ? 'nuthatch' : `@nuthatch/${name}`);
  }

  /** Output of a command in the project; all that it printed is in the error when it fails. */
  run(command: string, args: readonly string[], isStderrWanted = false): string {
    const env = { ...this.env, NODE_OPTIONS: '', NODE_ENV: '' };
    const options = { cwd: this.folder, encoding: 'utf8', env } as const;
    try {
      if (!isStderrWanted) return execFileSync(command, [...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
      return execFileSync('sh', ['-c', 'exec "$0" "$@" 2>&1', command, ...args], options);
    } catch (error) {
      const { stdout, stderr } = error as { stdout?: string; stderr?: string };
      throw new Error(`${command} ${args.join(' ')} failed:\n${stdout ?? ''}\n${stderr ?? ''}`, { cause: error });
    }
  }

  /** The folder as it was made: packed packages, and nothing else that `ls` shows. */
  empty(): void {
    for (const name of readdirSync(this.folder))
      if (!name.startsWith('.')) rmSync(join(this.folder, name), { recursive: true });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function pack(name: string, place: string): readonly [name: string, tarball: string] {
  const folder = join(ROOT, 'packages', name);
  if (!existsSync(join(folder, 'dist')))
    throw new Error(`packages/${name} is not built: run npm test, or npm run build first`);
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', place], {
      cwd: folder,
      encoding: 'utf8',
    }),
  ) as [{ filename: string }];
  const file = packed.filename.replace('@', '').replace('/', '-');
  const published = { cli: 'nuthatch', 'create-nuthatch': 'create-nuthatch' }[name] ?? `@nuthatch/${name}`;
  return [published, `./.packed/${file}`];
}

/** The version of a package as package-lock.json installs it here. */
export function versionHere(name: string): string {
  const manifest = readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

/** Paths of all files below a folder, packages installed in it left out. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith('node_modules'))
    .map((name) => join('/', name));
}
