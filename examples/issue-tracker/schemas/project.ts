import { Document, Id, Ref, Tag } from '@nuthatch/decorators';
import { Person } from './person.js';

/** Something that issues are about. */
@Document()
export class Project {
  @Id() readonly id!: string;
  @Tag() area: 'engine' | 'tools' = 'engine';
  /** Whoever leads a project cannot be deleted before somebody else does. */
  @Ref(() => Person) lead!: string;
}
