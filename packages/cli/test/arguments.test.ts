/**
 * Wrong command lines, for every verb there is: each ends with a coded refusal and the exit code of its kind (1 what it
 * was pointed at, 2 the command line), never with a raw error or a stack.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { openPlayers, player } from '../../runtime/test/support/open-players.js';
import { commandLine, runCli } from '../src/cli.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nuthatch-arguments-'));
  mkdirSync(join(folder, 'folder'));
  writeFileSync(join(folder, 'file'), 'no database, no dump, no key');
  symlinkSync('loop', join(folder, 'loop'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

async function run(args: readonly string[]): Promise<Ended> {
  const out: string[] = [];
  const err: string[] = [];
  const exitCode = await runCli(args, { out: (text) => out.push(text), err: (text) => err.push(text) }, folder);
  return { exitCode, out: out.join('\n'), err: err.join('\n') };
}

/** Every verb with its arguments, as the command itself lists them. */
function verbsOf(command: Command, path: readonly string[] = []): readonly (readonly [string, Command])[] {
  if (command.commands.length === 0) return [[path.join(' '), command]];
  return command.commands.flatMap((verb) => verbsOf(verb, [...path, verb.name()]));
}

const VERBS = verbsOf(commandLine({ out: () => undefined, err: () => undefined }, '.').program);
const CODED = /^([A-Z][A-Z_]+: |error: |"|Usage)/;
const PLACES = ['missing', 'folder', 'file', 'loop', 'file/below', 'missing/below', 'a long name'];

function expectRefusal({ exitCode, out, err }: Ended, args: readonly string[], codes: readonly number[]): void {
  const told = `nuthatch ${args.join(' ')} → ${exitCode}\n${out}\n${err}`;
  if (
    !codes.includes(exitCode) ||
    /TypeError|RangeError|\n\s+at |^E[A-Z]+:/.test(out + err) ||
    (exitCode > 0 && !CODED.test(err))
  )
    throw new Error(told);
}

/** A command line of the verb with so many arguments, and what it cannot do without. */
function lineOf(name: string, argumentsGiven: readonly string[], command: Command): string[] {
  const mandatory = command.options.filter((option) => option.mandatory).flatMap(({ long }) => [long ?? '', 'x']);
  // Else it would read what the tests are given as standard input.
  const input = name === 'import' ? ['--input', 'missing'] : [];
  return [...name.split(' '), ...argumentsGiven, ...mandatory, ...input];
}

function wordsFor(command: Command, word: string): string[] {
  return command.registeredArguments.map((argument) => (/target|source/.test(argument.name()) ? 'sqlite' : word));
}

describe.each(VERBS)('nuthatch %s', (name, command) => {
  const needed = command.registeredArguments.filter(({ required }) => required).length;

  it('answers 2 to arguments that are missing, too many, empty or hold a NUL', async () => {
    const all = wordsFor(command, 'folder');
    const lines = [
      [...lineOf(name, all, command), 'one-more'],
      [...lineOf(name, all, command), '--no-such-option'],
      [...lineOf(name, all, command), ''],
      [...lineOf(name, all, command), 'a\0b'],
      ...Array.from({ length: needed }, (_, count) => lineOf(name, all.slice(0, count), command)),
    ];
    for (const line of lines) expectRefusal(await run(line), line, [2]);
    expect(readdirSync(folder).sort()).toEqual(['file', 'folder', 'loop']);
  });

  it('answers 2 to an option without its value, and refuses every wrong option', async () => {
    for (const option of command.options) {
      const { long, required } = option;
      if (option.isBoolean() || long === undefined) continue;
      if (required) {
        const line = [...name.split(' '), ...wordsFor(command, 'folder'), long];
        expectRefusal(await run(line), line, [2]);
      }
      if (['--output', '--schemas', '--backup', '--rejected'].includes(long)) continue;
      for (const value of ['file', 'folder', 'missing', '-1', '{}']) {
        const line = [...lineOf(name, wordsFor(command, 'missing'), command), `${long}=${value}`];
        const ended = await run(line);
        expectRefusal(ended, line, [0, 1, 2]);
      }
    }
  });

  it.each(PLACES)('refuses %s as a place with a code', async (given) => {
    const place = given === 'a long name' ? 'x'.repeat(300) : given;
    if (command.registeredArguments.length === 0) return expect(command.registeredArguments).toEqual([]);
    const line = lineOf(name, wordsFor(command, place), command);
    expectRefusal(await run(line), line, [0, 1, 2]);
    expect(existsSync(join(folder, 'file'))).toBe(true);
  });

  it('prints a refusal as JSON with --json', async () => {
    const line = [...lineOf(name, wordsFor(command, 'missing'), command), '--json'];
    const { exitCode, out } = await run(line);
    if (exitCode === 0) return expect(() => JSON.parse(out)).not.toThrow();
    const { error } = JSON.parse(out) as { error?: { code: string; message: string } };
    // `migrate new` and `check` list what is wrong as their result.
    if (error !== undefined) expect(error.message).toContain(`${error.code}: `);
  });

  it('prints a wrong command line as JSON too, and nothing else', async () => {
    const line = lineOf(name, wordsFor(command, 'folder'), command);
    for (const wrong of ['--no-such-option', '', 'a\0b']) {
      const { exitCode, out, err } = await run([...line, wrong, '--json']);
      expect([wrong, exitCode, err]).toEqual([wrong, 2, '']);
      expect(JSON.parse(out)).toEqual({
        error: {
          code: 'INVALID_OPTION',
          message: expect.stringMatching(/^INVALID_OPTION: /),
          facts: expect.anything(),
        },
      });
    }
  });
});

/** Lines that are wrong beside a database that is there; `data` holds three players. */
const BESIDE_A_DATABASE: readonly (readonly [line: string, code: string])[] = [
  ['restore data to --at 99999999999999999999', 'INVALID_OPTION'],
  ['restore data data', 'DIRECTORY_UNUSABLE'],
  ['backup data data', 'DIRECTORY_UNUSABLE'],
  ['backup data file', 'DIRECTORY_UNUSABLE'],
  ['repair data file', 'DIRECTORY_UNUSABLE'],
  ['dump data --key-file file', 'INVALID_OPTION'],
  ['dump data --key-file folder', 'INVALID_OPTION'],
  ['dump data --output missing/x', 'FILE_UNUSABLE'],
  ['dump data --output data', 'FILE_UNUSABLE'],
  ['dump data --output file', 'FILE_UNUSABLE'],
  ['dump data --collection __proto__', 'INVALID_OPTION'],
  ['import new --input file', 'DUMP_INVALID'],
  ['import new --input folder', 'FILE_UNUSABLE'],
  ['import new --input missing', 'FILE_UNUSABLE'],
  ['import new --input loop', 'FILE_UNUSABLE'],
  ['import data --input file', 'DIRECTORY_UNUSABLE'],
  ['copy csv data --collections nope', 'INVALID_OPTION'],
  ['copy csv data --collections player --file file', 'FILE_UNUSABLE'],
  ['copy csv data --collections player --file missing/x', 'FILE_UNUSABLE'],
  ['copy csv data --collections player --generated file', 'CODE_NOT_LOADED'],
  ['copy csv data --collections player --generated folder', 'CODE_NOT_LOADED'],
  ['copy csv data --collections player --generated missing', 'CODE_NOT_LOADED'],
  ['copy csv data --collections player --config folder', 'CONFIG_INVALID'],
  ['copy csv data --collections player --config missing', 'CONFIG_INVALID'],
  ['generate --config folder', 'CONFIG_INVALID'],
  ['generate --config file', 'CONFIG_INVALID'],
  ['migrate up --data file', 'CODE_NOT_LOADED'],
];

it.each(BESIDE_A_DATABASE)('`nuthatch %s` is refused with %s, and everything stays as it was', async (line, code) => {
  const db = await openPlayers({ directory: join(folder, 'data'), durability: 'os' });
  await db.player.insertMany([player('a'), player('b'), player('c')]);
  await db.close();
  const before = readdirSync(folder, { recursive: true }).sort();
  const ended = await run(line.split(' '));
  expectRefusal(ended, line.split(' '), [1, 2]);
  expect([line, ended.err]).toEqual([line, expect.stringMatching(new RegExp(`^(${code}): `))]);
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual(before);
});

describe('the verbs', () => {
  it('are all in the table', () => {
    expect(VERBS.map(([name]) => name)).toEqual(
      expect.arrayContaining(['generate', 'init', 'verify', 'dump', 'copy', 'migrate up']),
    );
    expect(VERBS.length).toBeGreaterThanOrEqual(20);
  });
});
