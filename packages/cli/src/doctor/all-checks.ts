/** Every check, in the order in which it is made and printed. */
import type { Check } from './check.js';
import { decoratorForm } from './decorator-form.js';
import { directoryState } from './directory-state.js';
import { durability } from './durability.js';
import { fileSystem } from './file-system.js';
import { freeDisk } from './free-disk.js';
import { generatedCode } from './generated-code.js';
import { nodeVersion } from './node-version.js';
import { packageVersions } from './package-versions.js';
import { tsconfigFlags } from './tsconfig-flags.js';

export const ALL_CHECKS: readonly Check[] = [
  nodeVersion,
  packageVersions,
  tsconfigFlags,
  decoratorForm,
  generatedCode,
  directoryState,
  freeDisk,
  fileSystem,
  durability,
];
