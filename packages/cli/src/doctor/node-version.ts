import { type Check, ok, problem } from './check.js';

/** The least version that package.json of every package names. */
const LEAST = [20, 19] as const;

/** Whether this Node is one that Nuthatch runs on. */
export const nodeVersion: Check = {
  name: 'Node',
  run: () => findingOf(process.versions.node),
};

/** @param version as `process.versions.node`. */
export function findingOf(version: string): ReturnType<Check['run']> {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isEnough = major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1]);
  if (isEnough) return ok(version);
  return problem(
    `${version} is older than ${LEAST.join('.')}`,
    'the engine uses functions of Node that this version does not have',
    `install Node ${LEAST.join('.')} or later`,
  );
}
