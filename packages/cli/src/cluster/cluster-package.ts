/** The cluster package of the project, else the one beside this command, and the drivers that it works with. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { refusal } from '../exit-code.js';

export type ClusterPackage = typeof import('@nuthatch/cluster');

export interface LoadedCluster {
  readonly cluster: ClusterPackage;
  /** A driver as the package finds it. @throws DatabaseError `COPY_DRIVER_MISSING`. */
  driver(name: string): unknown;
}

/** @throws DatabaseError `CLUSTER_NOT_INSTALLED`. */
export function clusterPackage(root: string): LoadedCluster {
  const { path, load } = found(root);
  const cluster = load('@nuthatch/cluster') as ClusterPackage;
  const ofPackage = createRequire(path);
  return {
    cluster,
    driver: (name) => {
      try {
        return ofPackage(name);
      } catch (cause) {
        throw refusal('COPY_DRIVER_MISSING', `the package ${name} is not installed`, { package: name }, { cause });
      }
    },
  };
}

function found(root: string): { readonly path: string; readonly load: NodeJS.Require } {
  const places = [createRequire(join(root, 'package.json')), createRequire(__filename)];
  for (const load of places) {
    try {
      return { path: load.resolve('@nuthatch/cluster'), load };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw refusal('CLUSTER_NOT_INSTALLED', 'the package @nuthatch/cluster is not installed in this project', { root });
}
