#!/usr/bin/env node
/** `npm create nuthatch`: arguments and questions; what is written is in create-project.ts. */
import { relative } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import {
  CreateError,
  createProject,
  isTemplate,
  packageManagerOf,
  TEMPLATES,
  type Template,
} from './create-project.js';

const DEFAULT_NAME = 'nuthatch-app';
const EXIT_REFUSED = 1;
const EXIT_USAGE = 2;

const HELP = `npm create nuthatch@latest [directory] -- [options]

  --template <name>   ${Object.entries(TEMPLATES)
    .map(([name, what]) => `${name.padEnd(9)}${what}`)
    .join('\n                      ')}
  --yes               ask nothing
  --help              this text
`;

async function main(): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse();
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    return EXIT_USAGE;
  }
  const { values, positionals } = parsed;
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (positionals.length > 1 || (values.template !== undefined && !isTemplate(values.template))) {
    const what =
      positionals.length > 1 ? `one directory, not ${positionals.length}` : `there is no template ${values.template}`;
    console.error(`${what}\n\n${HELP}`);
    return EXIT_USAGE;
  }
  const isAsking = !values.yes && process.stdin.isTTY === true;
  const place = positionals[0] ?? (isAsking ? await ask('Directory', DEFAULT_NAME) : DEFAULT_NAME);
  const template = (values.template as Template | undefined) ?? (isAsking ? await askTemplate() : 'plain');
  const { directory, files } = createProject(place, template);
  const manager = packageManagerOf(process.env['npm_config_user_agent']);
  const runner = manager === 'npm' ? 'npm run' : manager;
  console.log(`${files.length} files in ${directory}\n`);
  console.log('Next:\n');
  const folder = relative(process.cwd(), directory);
  if (folder !== '') console.log(`  cd ${folder}`);
  console.log(`  ${manager} install\n  ${runner} dev\n`);
  console.log(`Then \`${runner} test\`, \`${runner} build\`; README.md says what is where.`);
  return 0;
}

function parse() {
  return parseArgs({
    allowPositionals: true,
    options: {
      template: { type: 'string' },
      yes: { type: 'boolean', short: 'y' },
      help: { type: 'boolean', short: 'h' },
    },
  });
}

async function ask(question: string, preset: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question(`${question} (${preset}): `)).trim() || preset;
  } finally {
    terminal.close();
  }
}

async function askTemplate(): Promise<Template> {
  for (;;) {
    console.log(HELP.split('\n').slice(2, 5).join('\n'));
    const name = await ask('Template', 'plain');
    if (isTemplate(name)) return name;
    console.log(`There is no template ${name}.`);
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof CreateError ? error.message : error);
    process.exitCode = EXIT_REFUSED;
  },
);
