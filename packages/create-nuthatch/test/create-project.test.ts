import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateError, createProject, packageManagerOf, TEMPLATES, type Template } from '../src/create-project.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'create-nuthatch-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const OWN = JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')) as { readonly version: string };

describe.each(Object.keys(TEMPLATES) as Template[])('a project of the template %s', (template) => {
  it('has its name, this version, every script and no leftover of the template', () => {
    const { name, files, directory } = createProject(join(folder, 'My-App'), template);
    expect(name).toBe('my-app');
    const all = files.map((file) => readFileSync(join(directory, file), 'utf8')).join('\n');
    expect(all).not.toMatch(/__NAME__|__VERSION__/);
    const project = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    const own = template === 'sync' ? ['client'] : [];
    expect(Object.keys(project.scripts).sort()).toEqual(['build', 'dev', 'generate', 'start', 'test', ...own].sort());
    expect(project).toMatchObject({ name: 'my-app', dependencies: { '@nuthatch/runtime': `^${OWN.version}` } });
    expect(files).toEqual(
      expect.arrayContaining(['.gitignore', 'README.md', 'tsconfig.json', 'schemas/task.ts', 'src/main.ts']),
    );
    expect(files.filter((file) => /template|^gitignore/.test(file))).toEqual([]);
  });
});

describe('the place of a project', () => {
  it.each(['.git', '.DS_Store', '.vscode'])('may hold %s', (name) => {
    mkdirSync(join(folder, name));
    expect(createProject(folder.toLowerCase() === folder ? folder : join(folder, 'app'), 'plain').files).toContain(
      'package.json',
    );
  });

  it('is left as it was when it holds something', () => {
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    expect(() => createProject(folder, 'plain')).toThrow(/not empty \(notes\.txt\)/);
    expect(readdirSync(folder)).toEqual(['notes.txt']);
  });

  it('is refused when it is a file, or a link to one', () => {
    writeFileSync(join(folder, 'file'), '');
    symlinkSync(join(folder, 'file'), join(folder, 'link'));
    for (const name of ['file', 'link']) expect(() => createProject(join(folder, name), 'plain')).toThrow(CreateError);
  });

  it.each(['', '_x', 'a b', 'x!', '.hidden', 'node_modules', 'x'.repeat(215), 'ä'])(
    'is refused when npm would refuse its name: %j',
    (name) => {
      const place = name === '' ? '/' : join(folder, name);
      expect(() => createProject(place, 'plain')).toThrow(CreateError);
      expect(readdirSync(folder)).toEqual([]);
    },
  );
});

it('the package manager is told by what it says of itself', () => {
  expect(packageManagerOf('npm/11.19.1 node/v20.20.2 linux x64')).toBe('npm');
  expect(packageManagerOf('pnpm/9.0.0 npm/? node/v20')).toBe('pnpm');
  expect(packageManagerOf('yarn/4.1.0')).toBe('yarn');
  expect(packageManagerOf('bun/1.1')).toBe('bun');
  expect(packageManagerOf(undefined)).toBe('npm');
});

describe('the command', () => {
  const BIN = join(__dirname, '..', 'dist', 'bin.js');
  const run = (...args: string[]) => spawnSync(process.execPath, [BIN, ...args], { cwd: folder, encoding: 'utf8' });

  it('asks nothing without a terminal, and says what is next', () => {
    const stdout = execFileSync(process.execPath, [BIN, 'app', '--yes'], { cwd: folder, encoding: 'utf8', input: '' });
    expect(stdout).toMatch(/cd app\n {2}npm install\n {2}npm run dev/);
    expect(existsSync(join(folder, 'app', 'package.json'))).toBe(true);
  });

  it.each<[string[], number, RegExp]>([
    [['--help'], 0, /--template/],
    [['app', '--template', 'nope'], 2, /no template nope/],
    [['app', '--template', 'constructor'], 2, /no template constructor/],
    [['a', 'b'], 2, /one directory, not 2/],
    [['--what'], 2, /--what/],
    [['a b', '--yes'], 1, /cannot be the name/],
  ])('with %j ends with code %i', (args, code, text) => {
    const { status, stdout, stderr } = run(...args);
    expect([status, stdout + stderr]).toEqual([code, expect.stringMatching(text)]);
    expect(stderr).not.toMatch(/at .*\.js:/);
  });
});
