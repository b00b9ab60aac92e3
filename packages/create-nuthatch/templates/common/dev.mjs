// `npm run dev`: generates once, then generates and restarts the program whenever something changes.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

const isWindows = process.platform === 'win32';
const command = (name) => join('node_modules', '.bin', isWindows ? `${name}.cmd` : name);
// The commands themselves, not npx: what is told to end then ends, and leaves nothing behind.
const options = { stdio: 'inherit', shell: isWindows };

const first = spawnSync(command('nuthatch'), ['generate'], options);
if (first.status !== 0) process.exit(first.status ?? 1);

const children = [
  spawn(command('nuthatch'), ['generate', '--watch'], options),
  spawn(command('tsx'), ['watch', '--clear-screen=false', 'src/main.ts'], options),
];
const stop = () => {
  for (const child of children) child.kill();
};
for (const child of children) child.on('exit', stop);
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
