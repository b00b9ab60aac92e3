/** How every verb is run: its errors in one form, as a line or as JSON, and an exit code. */
import type { Command } from 'commander';
import { EXIT, failureOf } from './exit-code.js';
import type { Output } from './output.js';

/** What a verb is given to work with. */
export interface VerbContext {
  readonly program: Command;
  readonly output: Output;
  /** The folder that paths are relative to. */
  readonly root: string;
  /** Runs the work of a verb. Never throws: its failure is printed, and kept as the exit code. */
  run(options: { readonly json?: boolean }, work: () => Promise<number>): Promise<void>;
}

export class VerbRunner implements VerbContext {
  #exitCode: number = EXIT.done;

  constructor(
    readonly program: Command,
    readonly output: Output,
    readonly root: string,
  ) {}

  get exitCode(): number {
    return this.#exitCode;
  }

  /** As a property, since it is handed on alone. */
  readonly run = async (options: { readonly json?: boolean }, work: () => Promise<number>): Promise<void> => {
    try {
      this.#exitCode = await work();
    } catch (error) {
      this.#exitCode = this.fail(error, options.json === true);
    }
  };

  /** @returns the exit code. */
  fail(error: unknown, isJson: boolean): number {
    const { exitCode, code, message, facts } = failureOf(error);
    if (isJson) this.output.out(JSON.stringify({ error: { code, message, facts } }, jsonSafe, 2));
    else this.output.err(message);
    return exitCode;
  }
}

/** Facts may hold keys that JSON has no form for. */
function jsonSafe(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** Gathers an option that is given several times. */
export function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}
