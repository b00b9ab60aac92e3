/**
 * How every verb is registered and run. A verb is one file of `commands/`: it adds itself to the command line with its
 * flags, and hands its work to `runVerb`, the one place that turns what a run throws into a line, or into JSON, and into
 * an exit code.
 *
 * All these files are loaded for `nuthatch --help`, so a verb imports engine, generator and copy within its run.
 */
import type { Command } from 'commander';
import { EXIT, failureOf } from './exit-code.js';
import type { Output } from './output.js';

/** The options of every verb. */
export interface VerbOptions {
  /** Print the result, or the error, as one JSON object on standard output. */
  readonly json?: boolean;
}

/** The work of a verb: its arguments as they stand on the line, its flags, where to print, the folder paths start from. */
export type VerbWork<Given extends readonly unknown[], Options extends VerbOptions> = (
  ...given: [...Given, options: Options, output: Output, root: string]
) => Promise<number>;

/** The registration of a verb. */
export interface VerbRegistry {
  readonly program: Command;
  /** The action of a verb. Never throws: a failure is printed, and kept as the exit code. */
  runVerb<Given extends readonly unknown[], Options extends VerbOptions>(
    work: VerbWork<Given, Options>,
  ): (...given: [...Given, options: Options, command: Command]) => Promise<void>;
}

/** One run of the command: its verbs, and the exit code of the one that was asked for. */
export class CommandLine implements VerbRegistry {
  #exitCode: number = EXIT.done;

  constructor(
    readonly program: Command,
    readonly output: Output,
    readonly root: string,
  ) {}

  get exitCode(): number {
    return this.#exitCode;
  }

  runVerb<Given extends readonly unknown[], Options extends VerbOptions>(
    work: VerbWork<Given, Options>,
  ): (...given: [...Given, options: Options, command: Command]) => Promise<void> {
    return async (...given) => {
      const command = given.pop() as Command;
      const { json } = command.opts<VerbOptions>();
      try {
        this.#exitCode = await work(...(given as unknown as [...Given, Options]), this.output, this.root);
      } catch (error) {
        this.#exitCode = printFailure(error, json === true, this.output);
      }
    };
  }
}

/** Prints any error in the one shape that errors have. @returns the exit code. */
export function printFailure(error: unknown, isJson: boolean, output: Output): number {
  const { exitCode, code, message, facts } = failureOf(error);
  if (isJson) output.out(JSON.stringify({ error: { code, message, facts } }, jsonSafe, 2));
  else output.err(message);
  return exitCode;
}

/** Facts may hold keys that JSON has no form for. */
function jsonSafe(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** Gathers an option that is given several times. */
export function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}
