/** The cluster package of the project, else the one beside this command, and the drivers that it works with. */
import { createRequire } from 'node:module';
import { refusal } from '../exit-code.js';
import { packageOfProject } from '../package-of-project.js';

export type ClusterPackage = typeof import('@nuthatch/cluster');

export interface LoadedCluster {
  readonly cluster: ClusterPackage;
  /** A driver as the package finds it. @throws DatabaseError `COPY_DRIVER_MISSING`. */
  driver(name: string): unknown;
}

/** @throws DatabaseError `CLUSTER_NOT_INSTALLED`. */
export function clusterPackage(root: string): LoadedCluster {
  const { path, load } = packageOfProject(root, '@nuthatch/cluster', 'CLUSTER_NOT_INSTALLED');
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
