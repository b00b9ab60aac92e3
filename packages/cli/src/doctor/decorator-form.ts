import { type Check, NO_PROJECT, ok, problem, skipped } from './check.js';

/** Whether classes are compiled with the form of decorators that the packages they use are made for. */
export const decoratorForm: Check = {
  name: 'decorators',
  run: async (patient) => {
    if (!patient.hasProject) return NO_PROJECT;
    const { warnings, documentCount, diagnostics } = await patient.generated();
    const [warning] = warnings;
    if (warning !== undefined)
      return problem(
        warning.split(':')[0]!,
        'such decorators throw when the class is loaded',
        'set "experimentalDecorators": true in the compilerOptions of the tsconfig',
      );
    if (diagnostics.length > 0) return skipped('the classes cannot be read: see generated code');
    return ok(`${documentCount} document ${documentCount === 1 ? 'class' : 'classes'}, in a form that works`);
  },
};
