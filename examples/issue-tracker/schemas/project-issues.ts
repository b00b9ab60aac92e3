import { Count, Range, Top, View } from '@nuthatch/decorators';
import { Issue } from './issue.js';

/** The line of a dashboard for each project and status, kept up to date with every write. */
@View(() => Issue, { groupBy: ['project', 'status'] })
export class ProjectIssues {
  readonly project!: string;
  readonly status!: Issue['status'];
  @Count() @Range() issues!: number;
  @Top(2, 'priority') first!: Pick<Issue, 'id' | 'title' | 'priority'>[];
}
