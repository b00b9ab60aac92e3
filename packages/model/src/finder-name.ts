import type { IndexModel } from './document-model.js';

/** Name of the repository method over an index: `findByEmail`, `findByOrgAndSlug`. */
export function finderName(index: Pick<IndexModel, 'fields'>): string {
  return `findBy${index.fields.map(capitalise).join('And')}`;
}

function capitalise(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
