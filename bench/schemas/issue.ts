import { Document, Id, Range, Ref, Tag } from '@nuthatch/decorators';
import { Project } from './project.js';

/** The document of the queries' benchmark: an issue of a tracker. */
@Document()
@Range(['priority', 'createdAt'])
@Range(['project', 'status', 'estimate'])
@Range(['project', 'assignee'])
@Range(['status', 'estimate', 'priority'])
export class Issue {
  @Id() readonly id!: string;
  @Ref(() => Project) @Tag() project!: string;
  @Tag() status!: 'open' | 'doing' | 'review' | 'done';
  /** Absent: nobody's. */
  @Tag() assignee?: string;
  /** 1 to 5. */
  @Range() priority!: number;
  /** Milliseconds since 1970. */
  @Range() createdAt!: number;
  /** In hours. */
  estimate!: number;
  title!: string;
  text!: string;
}
