/** What `npm run simulate` runs. */
import { parseArgs } from 'node:util';
import { runMany } from './run-many.js';
import { runSeed } from './run-seed.js';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      count: { type: 'string', default: '1' },
      nodes: { type: 'string', default: '5' },
      frames: { type: 'string', default: '200' },
      mix: { type: 'string', default: '{}' },
      lines: { type: 'string', default: '200' },
    },
  });
  const [seed, count, nodeCount, frameCount] = [values.seed, values.count, values.nodes, values.frames].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  for (let each = seed; each < seed + count; each++) {
    const cpu = process.cpuUsage();
    const beganMs = process.hrtime.bigint();
    const report =
      nodeCount > 20
        ? await runMany({ seed: each, nodeCount, storeCount: 8, frameCount })
        : await runSeed({ seed: each, nodeCount, frameCount, mix: JSON.parse(values.mix) as object });
    const { trace, ...shown } = report;
    if (count === 1 && Number(values.lines) > 0)
      for (const line of trace.slice(-Number(values.lines))) console.log(line);
    const cpuSeconds = process.cpuUsage(cpu).user / 1e6;
    const seconds = Number(process.hrtime.bigint() - beganMs) / 1e9;
    const heapMiB = Math.round(process.memoryUsage().heapUsed / 2 ** 20);
    console.log(JSON.stringify({ seed: each, ...shown, cpuSeconds, seconds, heapMiB }));
  }
}

main().catch((error: Error & { readonly trace?: readonly string[] }) => {
  const lines = Number(process.argv.find((argument) => argument.startsWith('--lines='))?.slice(8) ?? 200);
  for (const line of error.trace?.slice(-lines) ?? []) console.log(line);
  console.error(error.stack);
  console.error((error.cause as Error | undefined)?.stack);
  process.exitCode = 1;
});
