/** The command line: exit codes, what is printed where, and files. */
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { runCli } from '../src/cli.js';

const THING =
  "import { Document, Id } from '@nuthatch/decorators';\n@Document()\nexport class Thing {\n  @Id() id!: string;\n}\n";

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'nuthatch-cli-')));
  mkdirSync(join(folder, 'node_modules'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: readonly string[]): Promise<{ exitCode: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const exitCode = await runCli(args, { out: (text) => out.push(text), err: (text) => err.push(text) }, folder);
  return { exitCode, out: out.join('\n'), err: err.join('\n') };
}

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

describe('nuthatch generate', () => {
  it('writes, then has nothing to do', async () => {
    write('schemas/thing.ts', THING);
    const first = await run('generate');
    expect(first).toMatchObject({ exitCode: 0, err: '' });
    expect(first.out).toContain('created: generated/thing.ts');
    expect((await run('generate')).out).toMatch(/1 document class, nothing to do/);
  });

  it('--check answers 1 before the first run and after an edit, 0 in between', async () => {
    write('schemas/thing.ts', THING);
    expect((await run('generate', '--check')).exitCode).toBe(1);
    await run('generate');
    expect((await run('generate', '--check')).exitCode).toBe(0);
    write('schemas/thing.ts', THING.replace('id!: string;', 'id!: string;\n  name!: string;'));
    const stale = await run('generate', '--check');
    expect(stale.exitCode).toBe(1);
    expect(stale.out).toContain('would be updated: generated/thing.ts');
    expect(stale.err).toContain('run `npx nuthatch generate`');
  });

  it('--dry-run says what would be written and writes nothing', async () => {
    write('schemas/thing.ts', THING);
    const { exitCode, out } = await run('generate', '--dry-run');
    expect(exitCode).toBe(0);
    expect(out).toContain('would be created: generated/index.ts');
    expect(existsSync(join(folder, 'generated'))).toBe(false);
  });

  it('prints problems as file:line:column, code, why, and what to do below', async () => {
    write('schemas/thing.ts', THING.replace('@Id() ', ''));
    const { exitCode, err } = await run('generate');
    expect(exitCode).toBe(1);
    expect(err).toMatch(
      /^schemas\/thing\.ts:3:14 NO_ID Thing has no id\n {2}decorate the field .*\n1 problem; nothing was written\.$/,
    );
  });

  it('--json prints one object, for results, problems and errors alike', async () => {
    const noSources = JSON.parse((await run('generate', '--json')).out) as { error: { code: string } };
    expect(noSources.error.code).toBe('GENERATION_FAILED');
    write('schemas/thing.ts', THING.replace('@Id() ', ''));
    const bad = JSON.parse((await run('generate', '--json')).out) as {
      diagnostics: { position: object; code: string }[];
    };
    expect(bad.diagnostics).toMatchObject([
      { code: 'NO_ID', position: { file: 'schemas/thing.ts', line: 3, column: 14 } },
    ]);
    write('schemas/thing.ts', THING);
    expect(JSON.parse((await run('generate', '--json')).out)).toMatchObject({
      documentCount: 1,
      files: [{ path: 'generated/thing.ts', action: 'created' }, {}, {}],
    });
  });

  it('reads nuthatch.config.ts without running it', async () => {
    write('models/thing.ts', THING);
    write(
      'nuthatch.config.ts',
      "import { defineConfig } from 'nuthatch';\nthrow new Error('run');\nexport default defineConfig({ schemas: ['models/*.ts'], output: 'out' });\n",
    );
    expect((await run('generate')).out).toContain('created: out/thing.ts');
  });

  it.each([
    ['an unknown option', 'export default { shemas: "x" };\n', /unknown option shemas/],
    ['a value of the wrong type', 'export default { schemas: 3 };\n', /`schemas` must be a glob/],
    [
      'stores of keys that are no list of names',
      'export default { keyValues: ["a", 5] };\n',
      /`keyValues` must be a list/,
    ],
    ['an unknown import extension', 'export default { importExtension: ".mjs" };\n', /`importExtension` must be/],
    ['anything but plain data', 'export default makeConfig(1 + 1);\n', /does not export plain data/],
  ])('refuses a configuration with %s', async (_what, text, message) => {
    write('nuthatch.config.ts', text);
    const { exitCode, err } = await run('generate');
    expect(exitCode).toBe(1);
    expect(err).toMatch(/^CONFIG_INVALID/);
    expect(err).toMatch(message);
  });

  it.each([
    ['nuthatch.config.json', '{ "schemas": "models/*.ts", "output": "out" }'],
    ['nuthatch.config.cjs', 'module.exports = { schemas: "models/*.ts", output: "out" };'],
    ['nuthatch.config.mts', 'export default { schemas: "models/*.ts", output: "out" };'],
  ])('finds %s without being told', async (name, text) => {
    write('models/thing.ts', THING);
    write(name, text);
    expect((await run('generate')).out).toContain('created: out/thing.ts');
  });

  it('notices every change of a configuration it has read before', async () => {
    write('models/thing.ts', THING);
    for (const output of ['a', 'b', 'a']) {
      write('nuthatch.config.ts', `export default { schemas: 'models/*.ts', output: '${output}' };\n`);
      expect((await run('generate')).exitCode).toBe(0);
      expect(existsSync(join(folder, output, 'thing.ts'))).toBe(true);
    }
    write('folder.ts', "export const FOLDER = 'c';\n");
    write(
      'nuthatch.config.ts',
      "import { FOLDER } from './folder';\nexport default { schemas: 'models/*.ts', output: FOLDER };\n",
    );
    await run('generate');
    write('folder.ts', "export const FOLDER = 'd';\n");
    await run('generate');
    expect(existsSync(join(folder, 'd', 'thing.ts'))).toBe(true);
  });

  it.each([
    ['null', 'nuthatch.config.json', 'null'],
    ['text that is no JSON', 'nuthatch.config.json', '{'],
    ['an option every object has', 'nuthatch.config.json', '{ "constructor": "x" }'],
    ['code that throws', 'nuthatch.config.cjs', 'throw new Error("no")'],
  ])('refuses %s as a configuration', async (_what, name, text) => {
    write(name, text);
    const { exitCode, err } = await run('generate');
    expect([exitCode, err.split(':')[0]]).toEqual([1, 'CONFIG_INVALID']);
  });

  it('says which file was edited by hand when it checks', async () => {
    write('schemas/thing.ts', THING);
    await run('generate');
    write('generated/thing.ts', `${readFileSync(join(folder, 'generated/thing.ts'), 'utf8')}// mine\n`);
    const { exitCode, out } = await run('generate', '--check');
    expect([exitCode, out]).toEqual([1, 'edited by hand: generated/thing.ts']);
  });

  it('refuses a named configuration that does not exist', async () => {
    expect((await run('generate', '--config', 'other.ts')).err).toContain('does not exist');
  });

  it('answers 2 to wrong usage', async () => {
    expect((await run('generate', '--chekc')).exitCode).toBe(2);
    expect((await run('frobnicate')).exitCode).toBe(2);
    expect((await run('generate', '--watch', '--check')).exitCode).toBe(2);
  });
});

describe('nuthatch generate --watch', () => {
  it('generates again when a source changes, and ends at a signal', async () => {
    const bin = resolve(__dirname, '../dist/bin.js');
    if (!existsSync(bin)) throw new Error('packages/cli is not built: run npm test, or npm run build first');
    write('schemas/thing.ts', THING);
    const child = spawn(process.execPath, [bin, 'generate', '--watch'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    const until = async (text: string, again?: () => void): Promise<void> => {
      for (let turn = 0; !printed.includes(text); turn++) {
        if (turn % 100 === 0) again?.();
        await new Promise((done) => setTimeout(done, 20));
      }
    };
    try {
      await until('Watching');
      // Written again every two seconds: the system may be late to tell of files in a new folder.
      await until('created: generated/other.ts', () => write('schemas/other.ts', THING.replace('Thing', 'Other')));
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

describe('nuthatch init', () => {
  it('writes a configuration and a schema that generate, and keeps existing files', async () => {
    const first = await run('init');
    expect(first.exitCode).toBe(0);
    expect(first.out).toContain('created: nuthatch.config.ts');
    expect((await run('generate')).out).toContain('created: generated/player.ts');
    write('nuthatch.config.ts', '// mine\nexport default {};\n');
    expect((await run('init')).out).toContain('kept:    nuthatch.config.ts');
    expect(readFileSync(join(folder, 'nuthatch.config.ts'), 'utf8')).toContain('// mine');
  });

  it('writes no configuration beside one of another name, which would take its place', async () => {
    write('nuthatch.config.json', '{ "data": "data" }');
    expect((await run('init')).out).toContain('kept:    nuthatch.config.json');
    expect(existsSync(join(folder, 'nuthatch.config.ts'))).toBe(false);
  });

  it('writes no first class beside classes of the user’s own', async () => {
    write('schemas/parts/bolt.ts', 'export class Bolt {}\n');
    expect((await run('init', '--yes')).exitCode).toBe(0);
    expect(['schemas/player.ts', 'main.ts'].filter((file) => existsSync(join(folder, file)))).toEqual([]);
  });

  it('writes what a project lacks after a yes, and prints the next commands', async () => {
    write('tsconfig.json', '{\n  // mine\n  "compilerOptions": {\n    "target": "esnext"\n  }\n}\n');
    write('package.json', '{ "name": "mine", "dependencies": { "@nuthatch/runtime": "0.1.0" } }\n');
    const unasked = await run('init');
    expect(unasked.out).toContain('left:    Set "experimentalDecorators": true in tsconfig.json');
    expect(readFileSync(join(folder, 'tsconfig.json'), 'utf8')).not.toContain('experimentalDecorators');
    expect(existsSync(join(folder, 'main.ts'))).toBe(false);
    const { exitCode, out } = await run('init', '--yes');
    expect(exitCode).toBe(0);
    expect(readFileSync(join(folder, 'tsconfig.json'), 'utf8')).toBe(
      '{\n  // mine\n  "compilerOptions": {\n    "experimentalDecorators": true,\n    "target": "esnext"\n  }\n}\n',
    );
    expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).toEqual({
      name: 'mine',
      type: 'module',
      scripts: { generate: 'nuthatch generate' },
      dependencies: { '@nuthatch/runtime': '0.1.0' },
    });
    expect(out).toContain('\n  npm install @nuthatch/decorators\n');
    expect(out).toContain('\n  npx nuthatch generate\n  npx tsx main.ts\n');
    const again = await run('init', '--yes');
    expect(again.out).not.toMatch(/^(created|changed|left)/m);
  });

  it('asks at a terminal, accepts a no, and changes nothing that is set on purpose', async () => {
    write('tsconfig.json', '{ "compilerOptions": { "experimentalDecorators": false } }');
    write('package.json', '{ "type": "commonjs" }');
    const questions: string[] = [];
    const ask = async (question: string): Promise<string> => {
      questions.push(question);
      return questions.length === 1 ? 'n' : '';
    };
    const out: string[] = [];
    await runCli(['init'], { out: (text) => void out.push(text), err: () => undefined, ask }, folder);
    expect(questions).toEqual([
      'Add the script "generate" to package.json? [Y/n] ',
      'Write a first program, main.ts? [Y/n] ',
    ]);
    expect(readFileSync(join(folder, 'package.json'), 'utf8')).toBe('{ "type": "commonjs" }');
    expect(readFileSync(join(folder, 'tsconfig.json'), 'utf8')).toContain('"experimentalDecorators": false');
    expect(out).toContain('created: main.ts');
  });

  it('tells with --json what became of each file, and asks nothing', async () => {
    write('package.json', '{ "type": "module" }');
    const { exitCode, out } = await run('init', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      outcomes: expect.arrayContaining([
        { action: 'created', file: 'nuthatch.config.ts' },
        { action: 'left', file: 'package.json', note: 'Add the script "generate" to package.json.' },
      ]),
      next: expect.arrayContaining(['npx nuthatch generate']),
    });
    expect(readFileSync(join(folder, 'package.json'), 'utf8')).toBe('{ "type": "module" }');
  });

  it('refuses folders that would break the configuration, and writes nothing', async () => {
    for (const line of [
      ['--schemas', "x'; y"],
      ['--schemas', '../beside'],
      ['--output', '/beside'],
      ['--schemas', '.'],
      ['--schemas', 'generated/'],
    ])
      expect([line, (await run('init', '--yes', ...line)).err]).toEqual([
        line,
        expect.stringMatching(/^INVALID_OPTION/),
      ]);
    expect(readdirSync(folder)).toEqual(['node_modules']);
  });

  it.each([
    ['package.json', '{ "name": "x", }'],
    ['package.json', '[]'],
    ['package.json', 'null'],
    ['package.json', ''],
    ['tsconfig.json', '{ "compilerOptions": '],
    ['tsconfig.json', '5'],
  ])('refuses a %s that is no object, and writes nothing: %s', async (name, text) => {
    writeFileSync(join(folder, name), text);
    expect((await run('init', '--yes')).err).toMatch(/^CONFIG_INVALID: .*does not hold an object of JSON/);
    expect([readdirSync(folder), readFileSync(join(folder, name), 'utf8')]).toEqual([['node_modules', name], text]);
  });

  it('looks for a setting in its own place, and leaves the rest as it is', async () => {
    const manifest =
      '\ufeff{ "repository": { "type": "git" }, "scripts": { "build": "tsc" }, "config": { "generate": 1 } }';
    writeFileSync(join(folder, 'package.json'), manifest);
    writeFileSync(
      join(folder, 'tsconfig.json'),
      '// { a comment }\n{ /* "experimentalDecorators": true */ "compilerOptions": { "strict": true, }, }\n',
    );
    expect((await run('init', '--yes')).exitCode).toBe(0);
    const written = readFileSync(join(folder, 'package.json'), 'utf8');
    expect(JSON.parse(written.slice(1))).toEqual({
      type: 'module',
      ...JSON.parse(manifest.slice(1)),
      scripts: { generate: 'nuthatch generate', build: 'tsc' },
    });
    expect(readFileSync(join(folder, 'tsconfig.json'), 'utf8')).toMatch(
      /^\/\/ \{ a comment \}\n\{ \/\*.*\*\/ "compilerOptions": \{\s+"experimentalDecorators": true, "strict": true, \}, \}\n$/,
    );
    const before = [written, readFileSync(join(folder, 'tsconfig.json'), 'utf8')];
    await run('init', '--yes');
    expect(['package.json', 'tsconfig.json'].map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual(before);
  });
});

describe('nuthatch', () => {
  it('prints its version and help', async () => {
    expect((await run('--version')).out).toBe('0.1.0');
    expect((await run('--help')).out).toContain('generate');
  });
});
