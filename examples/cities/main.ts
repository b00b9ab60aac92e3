/**
 * The main job: 135,233 cities of GeoNames in a durable typed store, asked before and after a restart.
 *
 *   npm start                     opens ./data, loads what is missing, asks, closes, reopens, asks again
 *   npm start -- --directory /x   elsewhere
 *
 * Run twice: the second run finds every city in the journal and loads none.
 */
import { parseArgs } from 'node:util';
import { type NuthatchDatabase, openDatabase } from '../../generated/index.js';
import { loadCities } from './load-cities.js';
import { ProgressBar } from './progress-bar.js';
import { askQuestions, refuseDuplicate, updateCity } from './questions.js';
import { formatBytes, formatMs, heading, memoryLine } from './report.js';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { directory: { type: 'string', default: './data' } } });
  const directory = values.directory;

  heading(`Opening ${directory}`);
  const first = await open(directory);
  await loadCities(first);

  heading('Questions');
  const before = askQuestions(first, console.log);

  heading('Writes');
  await refuseDuplicate(first, console.log);
  await updateCity(first, console.log);
  const afterWrites = askQuestions(first);
  const { diskBytes } = first.stats().journal;
  await first.close();

  heading('Closed; opening again');
  const second = await open(directory);
  const afterReopen = askQuestions(second);
  const isSame = JSON.stringify(afterReopen) === JSON.stringify(afterWrites);
  console.log(
    isSame ? `The ${before.length} answers are the same after reopening.` : 'The answers DIFFER after reopening.',
  );
  console.log(`Journal: ${formatBytes(diskBytes)} on disk for ${second.city.size.toLocaleString('en')} cities.`);
  memoryLine();
  await second.close();
  if (!isSame) process.exitCode = 1;
}

async function open(directory: string): Promise<NuthatchDatabase> {
  const bar = new ProgressBar('recovering');
  const startMs = performance.now();
  const db = await openDatabase({
    directory,
    onProgress: ({ readBytes, totalBytes }) => bar.show(readBytes, totalBytes),
  });
  bar.end();
  console.log(`Open in ${formatMs(performance.now() - startMs)} with ${db.city.size.toLocaleString('en')} cities.`);
  return db;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
