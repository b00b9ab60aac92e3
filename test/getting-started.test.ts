/**
 * The page "Getting started", word for word in an empty folder, with each Node that is supported: its commands in their
 * order, its files as they stand. Only where the packages come from differs: ours are packed from this tree, others have
 * the versions of this repository.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { otherNodes } from './support/other-nodes.js';
import { PackedProject, ROOT, versionHere } from './support/packed-project.js';

const STEP_MS = 600_000;
/** Not installed here; exact, so that a release of theirs turns no build of ours red. */
const OTHERS: Readonly<Record<string, string>> = { tsx: '4.23.15' };
const BLOCK = /(?:<!-- (?:file|example): (?<path>\S+) -->\s*)?```(?<language>sh|ts)\n(?<text>[\s\S]*?)```/g;

let project: PackedProject;

beforeAll(() => {
  project = new PackedProject();
}, STEP_MS);
afterAll(() => project.remove());

/** `npm install` of a name is `npm install` of what that name is to be here. */
function shell(line: string): string {
  const [command, verb, ...names] = line.split(' ');
  if (command !== 'npm' || verb !== 'install')
    return project.run('sh', ['-c', `npx --no-install ${line.replace(/^npx /, '')}`], true);
  const wanted = names.map((name) =>
    name.startsWith('--') ? name : (project.tarballs.get(name) ?? `${name}@${OTHERS[name] ?? versionHere(name)}`),
  );
  return project.run('npm', ['install', '--ignore-scripts', ...wanted, ...unpublished(names)], true);
}

/** Packages of ours that the named ones depend on, which no registry has. */
function unpublished(names: readonly string[]): readonly string[] {
  return [...project.tarballs].filter(([name]) => !names.includes(name)).map(([, tarball]) => tarball);
}

it.each(otherNodes())(
  '"Getting started" runs as it stands in an empty folder, and prints what it says, with Node $version',
  ({ node, version, env }) => {
    project.empty();
    project.env = env;
    expect(project.run('node', ['--version']).trim()).toBe(`v${version}`);
    const page = readFileSync(join(ROOT, 'docs/guide/getting-started.md'), 'utf8');
    const printed: string[] = [];
    for (const { groups } of page.matchAll(BLOCK)) {
      const { path, language, text } = groups as { path?: string; language: string; text: string };
      if (language === 'sh') printed.push(...text.trim().split('\n').map(shell));
      else if (path !== undefined) project.write(path, text);
      // The last of the page looks at reads and refusals; it is run as it stands by test/guide.test.ts.
    }
    expect(printed.join('\n')).toContain('created: tsconfig.json');
    expect(printed.join('\n')).toContain('created: generated/player.ts');
    expect(printed.at(-1)?.trim()).toBe('Ann 32 2');
    expect(shell('npx tsx main.ts').trim()).toBe('Ann 33 3');
    // The other way the page names.
    expect(shell('npx tsc')).toBe('');
    expect(project.run(node, ['dist/main.js']).trim()).toBe('Ann 34 4');
  },
  STEP_MS,
);

it(
  'the bundles of the page on tools run, minified names and all',
  () => {
    const page = readFileSync(join(ROOT, 'docs/guide/tools.md'), 'utf8');
    const commands = [...page.matchAll(/^npx esbuild .*--outfile=(\S+).*$/gm)].map(([command, file]) => [
      command,
      file!,
    ]);
    expect(commands).toHaveLength(2);
    for (const [command, file] of commands) {
      shell(command!);
      project.run('rm', ['-rf', 'data']);
      expect(project.run(process.execPath, [file!]).trim()).toBe('Ann 32 2');
    }
    // The page and `init` show one tsconfig.
    expect(page).toContain(project.read('tsconfig.json').trim());
  },
  STEP_MS,
);

it(
  'what `nuthatch init` writes runs by the commands it prints',
  () => {
    for (const name of ['schemas', 'generated', 'data', 'main.ts', 'tsconfig.json', 'nuthatch.config.ts', 'dist'])
      project.run('rm', ['-rf', name]);
    const told = shell('npx nuthatch init --yes');
    const commands = [...told.matchAll(/^ {2}(.*)$/gm)].map(([, command]) => command!);
    expect(commands).toEqual(['npx nuthatch generate', 'npx tsx main.ts']);
    expect(commands.map(shell).at(-1)?.trim()).toBe('Ann 31');
    expect(shell('npx tsc')).toBe('');
  },
  STEP_MS,
);
