import { relative } from 'node:path';
import { type Check, NO_PROJECT, ok, problem } from './check.js';

const LISTED = 3;

/** Whether the generated code is what the generator would write of the classes as they are now. */
export const generatedCode: Check = {
  name: 'generated code',
  run: async (patient) => {
    if (!patient.hasProject) return NO_PROJECT;
    const { root } = patient;
    const { diagnostics, files, migrations } = await patient.generated();
    const [first] = diagnostics;
    if (first !== undefined)
      return problem(
        `${diagnostics.length === 1 ? 'one problem' : `${diagnostics.length} problems`} in the classes: ${first.message}`,
        `${relative(root, first.position.file)}:${first.position.line}:${first.position.column}`,
        '`npx nuthatch generate` lists them all',
      );
    const stale = files.filter(({ action }) => action !== 'unchanged').map(({ path }) => relative(root, path));
    if (stale.length === 0 && migrations.length === 0) return ok('up to date with the classes');
    const edited = files.filter(({ action }) => action === 'edited');
    const more = stale.length > LISTED ? ` and ${stale.length - LISTED} more` : '';
    const names = stale.slice(0, LISTED).join(', ');
    return problem(
      stale.length === 0 ? 'a migration is not written yet' : `out of date: ${names}${more}`,
      edited.length > 0 ? 'it was edited by hand' : 'the classes, or the version of the generator, have changed since',
      edited.length > 0 ? '`npx nuthatch generate --force` writes it again' : 'run `npx nuthatch generate`',
    );
  },
};
