/** `nuthatch doctor`: looks at Node, the project, the database and its disk; says what is wrong, why, and what to do. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { GenerateResult, GeneratorConfig } from '@nuthatch/codegen';
import type { Check, Finding, Patient } from '../doctor/check.js';
import { EXIT, isRefusal } from '../exit-code.js';
import { CONFIG_FLAG, JSON_FLAG } from '../flags.js';
import { configFile, loadConfig } from '../load-config.js';
import type { Output } from '../output.js';
import { codegen } from '../packages.js';
import { thrownText } from '../thrown-text.js';
import type { VerbOptions, VerbRegistry } from '../verb.js';
import { visibleLine } from '../visible-text.js';
import { counted } from './directory-arguments.js';

interface DoctorArguments extends VerbOptions {
  readonly config?: string;
}

export function addDoctor(registry: VerbRegistry): void {
  registry.program
    .command('doctor [directory]')
    .description('check Node, the project, a database and its disk; exit 1 when something is wrong')
    .option(...CONFIG_FLAG)
    .option(...JSON_FLAG)
    .action(registry.runVerb(runDoctor));
}

/** Exit code 0 when nothing is wrong, 1 when a check found a problem. Changes nothing. */
async function runDoctor(
  directory: string | undefined,
  options: DoctorArguments,
  output: Output,
  root: string,
): Promise<number> {
  const config = await loadConfig(root, options.config);
  const patient = patientOf(root, config, directory, options.config !== undefined);
  const { ALL_CHECKS } = await import('../doctor/all-checks.js');
  const checks: (Finding & { readonly name: string })[] = [];
  for (const check of ALL_CHECKS) {
    const finding = { name: check.name, ...(await findingOf(check, patient)) };
    checks.push(finding);
    if (!options.json) for (const line of linesOf(finding)) output.out(line);
  }
  const problemCount = checks.filter(({ status }) => status === 'problem').length;
  if (options.json) output.out(JSON.stringify({ problemCount, checks }, undefined, 2));
  else if (problemCount > 0)
    output.err(`error: ${problemCount} of ${counted(checks.length, 'check')} found a problem.`);
  return problemCount === 0 ? EXIT.done : EXIT.refused;
}

/** One check that fails must not keep the others from being made. */
async function findingOf(check: Check, patient: Patient): Promise<Finding> {
  try {
    return await check.run(patient);
  } catch (error) {
    const found = thrownText(error);
    const cause = isRefusal(error)
      ? 'the command that does the same would be refused in the same way'
      : 'the check itself failed';
    return { status: 'problem', found, cause };
  }
}

function patientOf(root: string, config: GeneratorConfig, given: string | undefined, isConfigGiven: boolean): Patient {
  const directory = given ?? config.data;
  let generated: Promise<GenerateResult> | undefined;
  return {
    ...{ root, config },
    hasProject: isConfigGiven || configFile(root) !== undefined || existsSync(resolve(root, 'schemas')),
    directory: directory === undefined ? undefined : resolve(root, directory),
    isDirectoryGiven: given !== undefined,
    generated: () => (generated ??= codegen().generate({ ...config, root, isCheck: true })),
  };
}

const LABEL_COLUMNS = 9;

function* linesOf({ name, status, found, cause, cure }: Finding & { readonly name: string }): Generator<string, void> {
  const indent = ' '.repeat(LABEL_COLUMNS);
  yield `${status.padEnd(LABEL_COLUMNS)}${name}: ${visibleLine(found)}`;
  if (cause !== undefined) yield `${indent}why: ${visibleLine(cause)}`;
  if (cure !== undefined) yield `${indent}do:  ${visibleLine(cure)}`;
}
