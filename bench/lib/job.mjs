import { spawn } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';

const CHILD = join(import.meta.dirname, 'run-phase.mjs');
const MODULES = ['--expose-gc', '--max-old-space-size=8192', '--no-warnings'];

/**
 * Runs one job in a process of its own.
 * @returns {Promise<{ result?: object, error?: string, missing?: boolean, load: number }>} never rejects
 */
export function runJob(job, timeoutMs) {
  return new Promise((resolve) => {
    const [load] = loadavg();
    const child = spawn(process.execPath, [...MODULES, CHILD, JSON.stringify(job)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let complaints = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGTERM');
    }, timeoutMs);
    child.stdout.on('data', (chunk) => (out += chunk));
    child.stderr.on('data', (chunk) => (complaints += chunk));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const line = out.trimEnd().split('\n').at(-1) ?? '';
      if (line.startsWith('{') && !late) resolve({ ...JSON.parse(line), load });
      else if (late) resolve({ error: `took longer than ${timeoutMs / 1000} s`, load });
      else resolve({ error: `ended with ${signal ?? code}: ${complaints.trim().split('\n').at(-1) ?? ''}`, load });
    });
  });
}
