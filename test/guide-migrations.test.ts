/**
 * The guide of migrations, executed from top to bottom in one project:
 *
 *   ```ts file=path       is written there
 *   ```ts is=path         is what stands there
 *   ```ts replace=path    takes the place of the line that begins alike
 *   ```ts run             is run; `expression; // => value` has to hold
 *   ```sh                 is run
 *   ```text               lines of what that printed, in order; … stands for anything
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliProject } from '../packages/cli/test/support/cli-project.js';

interface Block {
  readonly kind: string;
  readonly path: string;
  readonly text: string;
  readonly line: number;
}

function blocksOf(markdown: string): readonly Block[] {
  return [...markdown.matchAll(/^```(\w+)(?: (\w+)(?:=(\S+))?)?\n([\s\S]*?)^```$/gm)].map((match) => {
    const [, language, action, path, text] = match;
    const line = markdown.slice(0, match.index).split('\n').length;
    return { kind: action ?? language!, path: path ?? '', text: text!, line };
  });
}

/** A module's text: what is claimed is checked, and what is awaited is awaited. */
function program(text: string): string {
  const imports = text.match(/^import .*$/gm) ?? [];
  const body = text.replace(/^import .*\n/gm, '').replace(/^(.*); \/\/ => (.*)$/gm, 'expect({ ...($1) }).toEqual($2);');
  return `${imports.join('\n')}\nexport async function run(): Promise<void> {\n${body}}\n`;
}

const guide = readFileSync(join(__dirname, '../docs/guide/migrations.md'), 'utf8');

describe('docs/guide/migrations.md', () => {
  it('does what it says', async () => {
    using project = new CliProject({ hasDependencies: true });
    project.write('package.json', '{ "private": true }');
    let printed = '';
    for (const { kind, path, text, line } of blocksOf(guide)) {
      try {
        if (kind === 'file') project.write(path, text);
        else if (kind === 'is') expect(project.read(path)).toBe(text);
        else if (kind === 'replace') replaceLine(project, path, text);
        else if (kind === 'run') await run(project, `guide-${line}.ts`, text);
        else if (kind === 'sh') printed = await runAll(project, text);
        else expectLines(printed, text);
      } catch (error) {
        (error as Error).message = `line ${line} of the guide: ${(error as Error).message}`;
        throw error;
      }
    }
  });
});

function replaceLine(project: CliProject, path: string, text: string): void {
  const start = text.slice(0, text.lastIndexOf(':'));
  const lines = project.read(path).split('\n');
  const index = lines.findIndex((line) => line.startsWith(start));
  expect(index).toBeGreaterThan(0);
  lines[index] = text.trimEnd();
  project.write(path, lines.join('\n'));
}

async function run(project: CliProject, name: string, text: string): Promise<void> {
  const relocated = program(text)
    .replaceAll("'./data'", JSON.stringify(join(project.folder, 'data')))
    .replaceAll("'./generated/index'", JSON.stringify(project.generatedModule()));
  project.write(name, relocated);
  const module = require(join(project.folder, name)) as { run(): Promise<void> };
  await module.run();
}

async function runAll(project: CliProject, text: string): Promise<string> {
  const printed: string[] = [];
  for (const line of text.trim().split('\n')) {
    const [npx, nuthatch, ...args] = line.split(' ');
    expect([npx, nuthatch]).toEqual(['npx', 'nuthatch']);
    const { exitCode, out, err } = await project.run(...args);
    expect([line, exitCode, exitCode === 0 ? '' : err]).toEqual([line, 0, '']);
    printed.push(out);
  }
  return printed.join('\n');
}

function expectLines(printed: string, text: string): void {
  const pattern = text
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/…/g, '.*'))
    .join('$[\\s\\S]*?^');
  expect(printed).toMatch(new RegExp(`^${pattern}$`, 'm'));
}
