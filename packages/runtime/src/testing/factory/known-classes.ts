/** The definition of a class: of the generated code that was loaded last, or of the last database that was opened with it. */
import { DatabaseError } from '@nuthatch/model';
import type { CollectionDefinition, DocumentClass } from '../../definition/collection-definition.js';
import { definitionOfClass } from '../../definition/definitions-of-classes.js';
import { otherCopyHint } from '../../definition/other-copies.js';
import { showValue } from '../../definition/show-value.js';

/** @throws DatabaseError `INVALID_OPTION`. */
export function requireDefinition(type: unknown, of: string): CollectionDefinition {
  const definition = typeof type === 'function' ? definitionOfClass(type as DocumentClass) : undefined;
  if (definition !== undefined) return definition;
  const found = typeof type === 'function' ? `the class ${type.name}` : showValue(type);
  const what = `${of} takes a document class whose generated code is loaded, found ${found}: import it from the generated index${otherCopyHint(type)}`;
  throw new DatabaseError('INVALID_OPTION', what, { option: 'type' });
}
