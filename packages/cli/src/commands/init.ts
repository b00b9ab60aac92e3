/**
 * `nuthatch init`: what a project lacks for Nuthatch. New files are written; a package.json or tsconfig.json that is
 * there is extended only if the user agrees, at the terminal or with `--yes`. Everything else that exists stays as it
 * is.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { EXIT, refusal, UsageError } from '../exit-code.js';
import { JSON_FLAG } from '../flags.js';
import { configFile } from '../load-config.js';
import type { Output } from '../output.js';
import type { VerbOptions, VerbRegistry } from '../verb.js';
import { configText, mainText, PLAYER, TSCONFIG } from './init-texts.js';
import { addSetting, hasSetting, settingsOf } from './json-text.js';

interface InitArguments extends VerbOptions {
  readonly schemas: string;
  readonly output: string;
  /** Agree to everything. */
  readonly yes?: boolean;
}

const FOLDER = /^[\w@./-]+$/;
const NEEDED = ['@nuthatch/runtime', '@nuthatch/decorators'];
const NEEDED_TO_BUILD = ['nuthatch', 'typescript', 'tsx', '@types/node'];

/** The result for one thing that a project needs. */
interface Outcome {
  readonly action: 'created' | 'changed' | 'kept' | 'left';
  readonly file: string;
  /** The change, or the step that is left to do. */
  readonly note?: string;
}

/** Something the project lacks: `write` is called when it is agreed to. */
interface Step {
  readonly question: string;
  readonly done: Outcome;
  write(): void;
}

export function addInit(registry: VerbRegistry): void {
  const description =
    'write what a project lacks: configuration, a first class, package.json, tsconfig.json, a first program';
  registry.program
    .command('init')
    .description(description)
    .option('--schemas <folder>', 'folder of the document classes', 'schemas')
    .option('--output <folder>', 'folder of the generated code', 'generated')
    .option('--yes', 'answer yes to every question')
    .option(...JSON_FLAG)
    .action(registry.runVerb(runInit));
}

async function runInit(options: InitArguments, output: Output, root: string): Promise<number> {
  const { yes, json } = options;
  const schemas = folderOf('schemas', options.schemas, root);
  const generated = folderOf('output', options.output, root);
  if (schemas === generated)
    throw new UsageError('output', `${generated} holds the classes: generated code needs a folder of its own`);
  // Before anything is written.
  for (const name of ['package.json', 'tsconfig.json']) readSettings(root, name);
  const outcomes: Outcome[] = [];
  const note = (outcome: Outcome): void => {
    outcomes.push(outcome);
    if (!json) output.out(outcomeLine(outcome));
  };
  // Another name would come before the one that is there, and take its settings away.
  const config = configFile(root);
  if (config === undefined) note(write(root, 'nuthatch.config.ts', configText(schemas, generated)));
  else note({ action: 'kept', file: config });
  const first = join(schemas, 'player.ts');
  // A first class, and a first program for it: not beside those of the user's own.
  if (!hasClasses(join(root, schemas))) note(write(root, first, PLAYER));
  const hasFirst = existsSync(join(root, first)) && readFileSync(join(root, first), 'utf8') === PLAYER;
  const isFirst = !existsSync(join(root, 'src')) && hasFirst;
  for (const { question, done, write: writeStep } of stepsOf(root, isFirst ? generated : undefined)) {
    if (await isAgreed(question, yes === true, json ? undefined : output.ask)) {
      writeStep();
      note(done);
    } else note({ action: 'left', file: done.file, note: question });
  }
  const next = nextCommands(root);
  if (json) output.out(JSON.stringify({ outcomes, next }, undefined, 2));
  else {
    tellTarget(root, output);
    output.out(`\nNext:\n${next.map((command) => `  ${command}`).join('\n')}`);
    output.out(`Then import { openDatabase } from './${generated}/index.js' where you need it.`);
  }
  return EXIT.done;
}

/** A folder in the project, as the configuration names it. @throws UsageError. */
function folderOf(option: string, given: string, root: string): string {
  const folder = relative(root, resolve(root, given)).replaceAll('\\', '/');
  if (FOLDER.test(given) && folder !== '' && !folder.startsWith('..') && !isAbsolute(folder)) return folder;
  throw new UsageError(option, `${JSON.stringify(given)} cannot be a folder of sources in this project`);
}

/** What a JSON file of the project holds; undefined when it is not there. @throws DatabaseError `CONFIG_INVALID`. */
function readSettings(root: string, name: string): ReturnType<typeof settingsOf> {
  const path = join(root, name);
  if (!existsSync(path)) return undefined;
  const settings = settingsOf(readFileSync(path, 'utf8'), name === 'tsconfig.json');
  if (settings !== undefined) return settings;
  throw refusal('CONFIG_INVALID', `${path} does not hold an object of JSON`, { path });
}

function outcomeLine({ action, file, note }: Outcome): string {
  if (action === 'left') return `left:    ${note} --yes does it.`;
  const label = `${action}:`.padEnd('created: '.length);
  return `${label}${file}${note === undefined ? '' : ` (${note})`}`;
}

async function isAgreed(question: string, isYes: boolean, ask: Output['ask']): Promise<boolean> {
  if (isYes || ask === undefined) return isYes;
  return !/^\s*n/i.test(await ask(`${question.replace(/\.$/, '')}? [Y/n] `));
}

/** Whether the folder of the classes holds any source. */
function hasClasses(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith('.ts'));
}

function write(root: string, file: string, text: string): Outcome {
  const path = join(root, file);
  if (existsSync(path)) return { action: 'kept', file };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return { action: 'created', file };
}

/** @param generated folder of the generated code, when a first program is to be written too. */
function stepsOf(root: string, generated: string | undefined): readonly Step[] {
  const steps: Step[] = [];
  const newFile = (name: string, text: string, question: string): void => {
    const path = join(root, name);
    if (existsSync(path)) return;
    const done: Outcome = { action: 'created', file: name };
    steps.push({ question, done, write: () => writeFileSync(path, text) });
  };
  const setting = (name: string, where: readonly string[], value: unknown, question: string): void => {
    const path = join(root, name);
    const settings = readSettings(root, name);
    if (settings === undefined || hasSetting(settings, where)) return;
    const changed = (): string => addSetting(readFileSync(path, 'utf8'), where, value);
    const done: Outcome = { action: 'changed', file: name, note: where.at(-1)! };
    steps.push({ question, done, write: () => writeFileSync(path, changed()) });
  };
  const manifest = { private: true, type: 'module', scripts: { generate: 'nuthatch generate' } };
  newFile('package.json', `${JSON.stringify(manifest, undefined, 2)}\n`, 'Write a package.json of ES modules.');
  setting(
    'package.json',
    ['type'],
    'module',
    'Set "type": "module" in package.json, for `await` outside of functions.',
  );
  setting('package.json', ['scripts', 'generate'], 'nuthatch generate', 'Add the script "generate" to package.json.');
  newFile('tsconfig.json', TSCONFIG, 'Write a tsconfig.json.');
  setting(
    'tsconfig.json',
    ['compilerOptions', 'experimentalDecorators'],
    true,
    'Set "experimentalDecorators": true in tsconfig.json, which class-validator needs.',
  );
  if (generated !== undefined) newFile('main.ts', mainText(generated), 'Write a first program, main.ts.');
  return steps;
}

/** Node knows `await using` from this version on. */
const NODE_WITH_USING = 24;

/** With this target the compiler leaves syntax as it is that this Node does not know. */
function tellTarget(root: string, output: Output): void {
  const path = join(root, 'tsconfig.json');
  const isNewest = existsSync(path) && /"target"\s*:\s*"esnext"/i.test(readFileSync(path, 'utf8'));
  if (isNewest && Number.parseInt(process.versions.node, 10) < NODE_WITH_USING)
    output.out(
      '\ntsconfig.json has "target": "esnext": what `tsc` makes of `await using` runs in Node 24 and up; "es2022" runs here.',
    );
}

/** The commands to run next, packages that are not yet dependencies first. */
function nextCommands(root: string): readonly string[] {
  const manifest = existsSync(join(root, 'package.json')) ? readFileSync(join(root, 'package.json'), 'utf8') : '';
  const lacks = (names: readonly string[]): string =>
    names.filter((name) => !manifest.includes(`"${name}":`)).join(' ');
  return [
    ...(lacks(NEEDED) === '' ? [] : [`npm install ${lacks(NEEDED)}`]),
    ...(lacks(NEEDED_TO_BUILD) === '' ? [] : [`npm install --save-dev ${lacks(NEEDED_TO_BUILD)}`]),
    'npx nuthatch generate',
    ...(existsSync(join(root, 'main.ts')) ? ['npx tsx main.ts'] : []),
  ];
}
