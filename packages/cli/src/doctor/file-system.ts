import { mountOf } from '../disk/mount-of.js';
import { type Check, type Finding, NO_DIRECTORY, note, ok, problem } from './check.js';
import { existingPart } from './existing-part.js';

const IN_MEMORY = ['tmpfs', 'ramfs', 'devtmpfs'];
const OF_A_CONTAINER = ['overlay', 'aufs', 'fuse.fuse-overlayfs'];
/** Others answer for what fsync means there. */
const BY_NETWORK =
  /^(nfs\d?|cifs|smb\d?|smbfs|ncpfs|9p|ceph|glusterfs|lustre|afs|davfs|vboxsf|virtiofs|beegfs|gpfs|fuse(\..*)?)$/;
const WITHOUT_BARRIERS = ['nobarrier', 'barrier=0', 'barrier=none'];

/** What kind of file system the database lies on, and what it does to durability. */
export const fileSystem: Check = {
  name: 'file system',
  run: ({ directory }) => {
    if (directory === undefined) return NO_DIRECTORY;
    const mount = mountOf(existingPart(directory));
    if (mount === undefined) return note('this system does not tell its kind', 'only Linux lists its mounts');
    return findingOf(mount.type, mount.place, mount.options);
  },
};

/** @param type as the system names it. @param options of the mount. */
export function findingOf(type: string, place: string, options: readonly string[]): Finding {
  const found = `${type}, mounted at ${place}`;
  if (IN_MEMORY.includes(type))
    return problem(
      found,
      'it lies in memory: all data is gone when the machine or the container stops',
      'put the directory on a disk, or open the database with `memory: true` if that is what you want',
    );
  const unsafe = options.find((option) => WITHOUT_BARRIERS.includes(option));
  if (unsafe !== undefined)
    return problem(
      `${found} with ${unsafe}`,
      'the disk is not told to write out its cache, so a power cut loses acknowledged transactions',
      `mount it without ${unsafe}`,
    );
  if (options.includes('ro'))
    return problem(`${found}, read-only`, 'nothing can be written there', 'mount it so that it can be written');
  if (OF_A_CONTAINER.includes(type))
    return note(
      found,
      'it is the layer of a container: the data is gone when the container is removed',
      'mount a volume and put the directory there',
    );
  if (BY_NETWORK.test(type))
    return note(
      found,
      'another program or machine keeps the files: it decides what fsync means, and the lock holds on this machine only',
      'use a local disk, or make sure that the server writes through and that one machine alone opens the directory',
    );
  return ok(found);
}
