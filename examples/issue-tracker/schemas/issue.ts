import { Document, Id, Range, Ref, Search, Tag } from '@nuthatch/decorators';
import { Person } from './person.js';
import { Project } from './project.js';

/** Something to be done in a project. */
@Document()
export class Issue {
  @Id({ generate: 'sequence' }) readonly id!: number;
  @Range() @Search() title!: string;
  @Tag() status: 'open' | 'closed' = 'open';
  @Range() priority: number = 3;
  /** Ends with its project. */
  @Ref(() => Project, { onDelete: 'cascade' }) project!: string;
  /** Nobody's once the person is gone. */
  @Ref(() => Person, { onDelete: 'setAbsent' }) assignee?: string;
  @Ref(() => Person, { onDelete: 'setAbsent' }) watchers: string[] = [];
  @Ref(() => Issue, { onDelete: 'setAbsent' }) blockedBy: Set<number> = new Set();
  /** A part of another issue, and deleted with it. */
  @Ref(() => Issue, { onDelete: 'cascade' }) parent?: number;
}
