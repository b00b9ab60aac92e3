/** Verbs and options in docs/guide/command.md and elsewhere in the documentation, beside those of the command. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { commandLine } from '../src/cli.js';

const ROOT = resolve(__dirname, '../../..');
const { program } = commandLine({ out: () => undefined, err: () => undefined }, '.');
const VERBS = new Map(program.commands.filter((verb) => verb.name() !== 'help').flatMap((verb) => named(verb, '')));

/** A verb, or the verbs below it, by the words that call it. */
function named(verb: Command, before: string): [string, Command][] {
  const name = before + verb.name();
  const below = verb.commands.filter((each) => each.name() !== 'help');
  return below.length === 0 ? [[name, verb]] : below.flatMap((each) => named(each, `${name} `));
}

const flagsOf = (verb: Command): string[] => verb.options.map(({ flags }) => flags);

/** As the page has it; its cells are what `--help` says. */
function rowOf([name, verb]: [string, Command]): string {
  const given = verb.registeredArguments.map((argument) => {
    const word = argument.variadic ? `${argument.name()}...` : argument.name();
    return argument.required ? `<${word}>` : `[${word}]`;
  });
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const options = flagsOf(verb).map((flags) => `\`${cell(flags)}\``);
  return `| \`${[name, ...given].join(' ')}\` | ${cell(verb.description())} | ${options.join(' ')} |`;
}

it('are all in the table of the page, and no others', () => {
  const page = readFileSync(join(ROOT, 'docs/guide/command.md'), 'utf8');
  const [, table = ''] = page.split('## All verbs and options\n');
  const rows = table.match(/^\| `.*$/gm);
  expect(rows?.join('\n')).toBe([...VERBS].map(rowOf).join('\n'));
});

it('are there wherever the documentation calls the command', () => {
  const pages = ['README.md', ...below('docs'), ...below('packages'), ...below('examples')];
  const wrong: string[] = [];
  let count = 0;
  for (const page of pages)
    for (const [call, words] of readFileSync(join(ROOT, page), 'utf8').matchAll(
      /\bnuthatch ((?:[a-z][^`\n]*)?--[^`\n|]*)/g,
    )) {
      const [first = '', second = ''] = words!.split(' ');
      const verb = VERBS.get(first) ?? VERBS.get(`${first} ${second}`);
      // Prose, or an option of several verbs: `nuthatch --help`.
      if (verb === undefined) continue;
      const known = verb.options.map(({ long }) => long).concat('--help');
      for (const [flag] of words!.split('#')[0]!.matchAll(/(?<=\s)--[a-z][a-z-]*/g)) {
        count++;
        if (!known.includes(flag)) wrong.push(`${page}: ${call}: ${flag}`);
      }
    }
  expect(wrong).toEqual([]);
  expect(count).toBeGreaterThan(50);
});

function below(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && !/node_modules|[\\/]dist[\\/]|decisions|templates/.test(path))
    .map((path) => join(folder, path));
}
