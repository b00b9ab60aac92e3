import { accessSync, constants } from 'node:fs';
import { IMPLAUSIBLE_US, syncSpeedOf } from '../disk/sync-speed.js';
import { type Check, NO_DIRECTORY, ok, problem, skipped } from './check.js';
import { existingPart } from './existing-part.js';

const MEASURED_MS = 200;

/** Whether fsync takes as long as a disk needs: as far as a program can tell that it is honoured. */
export const durability: Check = {
  name: 'durability',
  run: async ({ directory }) => {
    if (directory === undefined) return NO_DIRECTORY;
    const place = existingPart(directory);
    try {
      accessSync(place, constants.W_OK);
    } catch {
      return skipped(`${place} cannot be written, so fsync was not measured`);
    }
    const speed = await syncSpeedOf(place, MEASURED_MS);
    if (speed === undefined)
      return skipped(
        'files without a name are not possible there, so fsync was not measured: `nuthatch bench` measures it',
      );
    const { p50Us, p99Us } = speed;
    const found = `fsync takes ${p50Us} µs (p50), ${p99Us} µs (p99)`;
    if (p50Us >= IMPLAUSIBLE_US) return ok(found);
    return problem(
      found,
      'no disk answers this fast: the file system or the machine below it ignores fsync, so a power cut loses acknowledged transactions',
      'use a disk that honours fsync, or do without: `durability: "os"` promises no more than this disk does',
    );
  },
};
