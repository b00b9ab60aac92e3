/** Definitions whose defaults of the present time follow a database's own clock instead of `Date`. */
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { Clock } from '../time/clock.js';

/**
 * The same definition, or one that fills in fields such as `joinedAt = new Date()` by the clock. Initializers of other
 * forms are the class's own code, and read `Date` if they read a clock.
 */
export function clockedDefinition(definition: CollectionDefinition, clock: Clock): CollectionDefinition {
  const names = definition.model.fields.filter((field) => field.default?.kind === 'now').map(({ name }) => name);
  if (names.length === 0) return definition;
  return {
    ...definition,
    build(input) {
      const document = definition.build(input);
      for (const name of names)
        if ((input as Record<string, unknown>)[name] === undefined)
          (document as Record<string, unknown>)[name] = new Date(clock.now());
      return document;
    },
  };
}
