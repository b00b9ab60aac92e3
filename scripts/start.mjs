/** `npm start`: installs, builds, generates and runs the main job (examples/cities/main.ts) on real data. */
import { buildEverything, buildPackages, generate, installDependencies, run } from './install.mjs';

installDependencies();
console.log('Building …');
buildPackages();
generate();
buildEverything();
run(process.execPath, ['build/examples/cities/main.js', ...process.argv.slice(2)]);
