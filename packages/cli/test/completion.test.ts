/** Completion scripts: every verb and option is in them, and the shells that are here take them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { commandLine, runCli } from '../src/cli.js';

const SHELLS = ['bash', 'zsh', 'fish'];

async function scriptFor(shell: string): Promise<string> {
  const out: string[] = [];
  const exitCode = await runCli(['completion', shell], { out: (text) => out.push(text), err: () => undefined }, '.');
  expect(exitCode).toBe(0);
  return `${out.join('\n')}\n`;
}

function commandsOf(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(commandsOf)];
}

const { program } = commandLine({ out: () => undefined, err: () => undefined }, '.');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nuthatch-completion-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('nuthatch completion', () => {
  it.each(SHELLS)('for %s names every verb and every option', async (shell) => {
    const script = await scriptFor(shell);
    for (const command of commandsOf(program)) {
      if (command !== program) expect(script).toContain(command.name());
      for (const { long } of command.options)
        expect([command.name(), script.includes(shell === 'fish' ? `-l ${long?.slice(2)}` : String(long))]).toEqual([
          command.name(),
          true,
        ]);
    }
  });

  it.each(SHELLS)('for %s is a script that %s reads', async (shell) => {
    const file = join(folder, 'script');
    writeFileSync(file, await scriptFor(shell));
    const { error, status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
    if (error !== undefined) process.stdout.write(`not read: ${shell} is not installed here (${error.message})\n`);
    else expect([status, stderr]).toEqual([0, '']);
  });

  it('for bash completes verbs, verbs of migrate, options, and files after a verb', async () => {
    const file = join(folder, 'script');
    const test = 'COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _nuthatch; echo "${COMPREPLY[@]}"';
    writeFileSync(file, `${await scriptFor('bash')}${test}\n`);
    writeFileSync(join(folder, 'data'), '');
    const complete = (...words: readonly string[]): string =>
      execFileSync('bash', [file, 'nuthatch', ...words], { cwd: folder, encoding: 'utf8' }).trim();
    expect(complete('que')).toBe('query');
    expect(complete('query', 'data', '--or')).toBe('--order');
    expect(complete('stats', 'da')).toBe('data');
    expect(complete('migrate', 'sq')).toBe('squash');
    expect(complete('migrate', '')).not.toContain('data');
    expect(complete('migrate', 'up', '--key-f')).toBe('--key-file');
    expect(complete('da')).toBe('');
    expect(complete('nothing', '--')).toBe('');
  });

  it('refuses a shell that it does not know', async () => {
    const err: string[] = [];
    for (const shell of ['tcsh', 'constructor', '__proto__'])
      expect(await runCli(['completion', shell], { out: () => undefined, err: (text) => err.push(text) }, '.')).toBe(2);
    expect(err[0]).toMatch(/^INVALID_OPTION: the shell must be bash, zsh, fish, found tcsh/);
  });
});
