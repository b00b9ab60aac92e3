/** `npm test`: installs what is needed, builds, runs every test. Arguments are handed to Jest. */
import { buildEverything, buildPackages, buildSqlite, generate, installDependencies, run } from './install.mjs';

installDependencies();
buildSqlite();
buildPackages();
generate('--check');
buildEverything();
run(process.execPath, ['node_modules/jest/bin/jest.js', ...process.argv.slice(2)]);
