/** Runs the generator whenever a source changes, until the process is told to stop. */
import { existsSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import type { GeneratorConfig } from '@nuthatch/codegen';
import type { Output } from './output.js';

/** Editors write a file in several steps: changes within this time count as one. */
const SETTLE_MS = 60;

/** Resolves on SIGINT or SIGTERM. A run under way is never overlapped: changes meanwhile cause one more. */
export async function watchSources(
  root: string,
  config: GeneratorConfig,
  run: () => Promise<number>,
  output: Output,
): Promise<void> {
  const [{ watch }, { isWritten, watchedPaths }] = await Promise.all([import('chokidar'), import('@nuthatch/codegen')]);
  const globs = [config.schemas ?? 'schemas/**/*.ts'].flat();
  const folders = [...watchedPaths(root, globs)];
  const written = resolve(root, config.output ?? 'generated');
  const watcher = watch(folders, {
    ignoreInitial: true,
    ignored: (path) => path.includes(`${sep}node_modules${sep}`),
  });
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> = Promise.resolve();
  watcher.on('all', (_event, path) => {
    if (!/\.[mc]?tsx?$/.test(path) || (existsSync(path) && isWritten(path, written))) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(run);
    }, SETTLE_MS);
  });
  const stopped = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
  });
  // Until then a change would go unseen.
  await Promise.race([new Promise<void>((done) => watcher.once('ready', () => done())), stopped]);
  output.out(`Watching ${folders.map((folder) => folder.replace(root + sep, '')).join(', ')} …`);
  await stopped;
  clearTimeout(timer);
  await watcher.close();
  await running;
}
