/** Packs every package as it would be published and holds the tarballs against publint and attw. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a package may take in `node_modules`. */
const MAX_UNPACKED_BYTES = 1_500_000;

const folder = mkdtempSync(join(tmpdir(), 'nuthatch-pack-'));
let isClean = true;
try {
  for (const name of readdirSync('packages').sort()) {
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder], {
        cwd: join('packages', name),
        encoding: 'utf8',
      }),
    );
    const tarball = join(folder, packed.filename.replace('@', '').replace('/', '-'));
    check(name, 'publint', ['run', tarball, '--strict']);
    // TypeScript 7 has no node10 resolution any more, and older ones read subpaths with node16 or bundler.
    check(name, 'attw', [tarball, '--profile', 'node16', '--no-color', '--no-emoji', '--format', 'ascii']);
    // A template's own tests are part of what it gives.
    const paths = packed.files.map((file) => file.path).filter((path) => !path.startsWith('templates/'));
    const strays = paths.filter((path) => /\.test\.|tsbuildinfo|\/test\/|^src\/|^build\//.test(path));
    for (const wanted of ['LICENSE', 'README.md', 'package.json'])
      if (!paths.includes(wanted)) fail(`${name}: has no ${wanted}`);
    if (packed.unpackedSize > MAX_UNPACKED_BYTES)
      fail(`${name}: unpacks to ${packed.unpackedSize} bytes, expected at most ${MAX_UNPACKED_BYTES}`);
    if (strays.length > 0) fail(`${name}: files that should not be published: ${strays.join(', ')}`);
    const [size, unpacked] = [packed.size, packed.unpackedSize].map((bytes) => Math.ceil(bytes / 1000));
    console.log(`${name}: ${packed.files.length} files, ${size} kB packed, ${unpacked} kB unpacked`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (!isClean) process.exit(1);

function check(name, tool, args) {
  const { status, stdout, stderr } = spawnSync(join('node_modules', '.bin', tool), args, { encoding: 'utf8' });
  if (status === 0) return;
  fail(`${name}: ${tool} complains\n${stdout}${stderr}`);
}

function fail(message) {
  isClean = false;
  console.error(message);
}
