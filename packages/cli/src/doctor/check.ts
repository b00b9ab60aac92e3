/** One check of `nuthatch doctor`: a file each, listed in all-checks.ts. */
import type { GenerateResult, GeneratorConfig } from '@nuthatch/codegen';

/** `problem`: something is wrong. `note`: worth knowing. `skipped`: there was nothing to look at. */
export type CheckStatus = 'ok' | 'note' | 'problem' | 'skipped';

/** What a check says. */
export interface Finding {
  readonly status: CheckStatus;
  /** What was found, with values; of a skipped check why it was skipped. */
  readonly found: string;
  /** Why that is so, or matters. */
  readonly cause?: string;
  /** What to do. */
  readonly cure?: string;
}

/** What the checks look at. */
export interface Patient {
  /** The folder of the project. */
  readonly root: string;
  readonly config: GeneratorConfig;
  /** Whether anything of a project is there. */
  readonly hasProject: boolean;
  /** Absolute path of the database; undefined when none is named. */
  readonly directory: string | undefined;
  /** It was named on the command line, so it is expected to be there. */
  readonly isDirectoryGiven: boolean;
  /** A run of the generator that writes nothing: made once, for all that ask. */
  generated(): Promise<GenerateResult>;
}

export interface Check {
  readonly name: string;
  run(patient: Patient): Promise<Finding> | Finding;
}

/** Nothing is wrong. */
export function ok(found: string): Finding {
  return { status: 'ok', found };
}

export function note(found: string, cause: string, cure?: string): Finding {
  return { status: 'note', found, cause, ...(cure !== undefined && { cure }) };
}

/** @param cure left out where what was found says it already: texts of refusals do. */
export function problem(found: string, cause: string, cure?: string): Finding {
  return { status: 'problem', found, cause, ...(cure !== undefined && { cure }) };
}

export function skipped(why: string): Finding {
  return { status: 'skipped', found: why };
}

export const NO_PROJECT: Finding = skipped('this folder holds no project with Nuthatch');
export const NO_DIRECTORY: Finding = skipped(
  'no database is named: give its directory, or set `data` in the configuration',
);
