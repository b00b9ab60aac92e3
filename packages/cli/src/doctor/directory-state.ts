import { accessSync, constants, existsSync } from 'node:fs';
import { isRefusal } from '../exit-code.js';
import { tools } from '../packages.js';
import { type Check, NO_DIRECTORY, note, ok, problem } from './check.js';

/** Whether the database is there, can be written, and who has it open. */
export const directoryState: Check = {
  name: 'database',
  run: async ({ directory, isDirectoryGiven }) => {
    if (directory === undefined) return NO_DIRECTORY;
    if (!existsSync(directory))
      return (isDirectoryGiven ? problem : note)(
        `${directory} does not exist`,
        'no program has opened a database there yet, or the name is another one',
        'mend the name; the first opening makes the directory',
      );
    try {
      const holder = await tools().holderOfDirectory({ directory });
      if (holder?.isAlive) return note(`process ${holder.pid} has it open`, 'no second process can open it meanwhile');
      accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
      if (holder === undefined) return ok(`${directory}, nobody has it open`);
      return note(
        `process ${holder.pid}, which has ended, did not close it`,
        'it crashed or was killed; the next opening takes the lock over and recovers what was acknowledged',
      );
    } catch (error) {
      if (isRefusal(error)) return problem(error.message, 'an opening would be refused in the same way');
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      return problem(
        `${directory} may not be read and written by this user (${code})`,
        'its owner or mode forbids it',
        'run the program as the owner of the directory, or change the owner',
      );
    }
  },
};
