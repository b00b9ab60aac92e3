import { Document, Id, type Key, Ref, Search } from '@nuthatch/decorators';
import { Issue } from './issue.js';
import { Person } from './person.js';

/** What a person wrote about an issue. */
@Document()
export class Remark {
  @Id({ generate: 'uuidv7' }) readonly id!: string;
  @Ref(() => Issue, { onDelete: 'cascade' }) issue!: number;
  /** A typed key: that of an issue is refused by the compiler. */
  @Ref(() => Person, { onDelete: 'setAbsent' }) author?: Key<'Person'>;
  @Search() text!: string;
}
