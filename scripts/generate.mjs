/**
 * `npm run generate`: the generated code of `schemas/` and of each example. `--check` and `--force` hold for all of
 * them; any other argument (`--watch`, `--rename` …) is for `schemas/` alone.
 */
import { generate, generateExamples } from './install.mjs';

const args = process.argv.slice(2);
generate(...args);
if (args.every((arg) => arg === '--check' || arg === '--force')) generateExamples(...args);
