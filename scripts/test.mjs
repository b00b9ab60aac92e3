/** `npm test`: installs what is needed, builds, runs every test. Arguments are handed to Jest. */
import {
  buildEverything,
  buildPackages,
  buildSqlite,
  generate,
  generateExamples,
  installDependencies,
  installNats,
  installPostgres,
  run,
} from './install.mjs';

installDependencies();
buildSqlite();
installPostgres();
installNats();
buildPackages();
generate('--check');
generateExamples('--check');
buildEverything();
run(process.execPath, ['node_modules/jest/bin/jest.js', ...process.argv.slice(2)]);
