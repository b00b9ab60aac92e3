import { Document, Id, Range, Tag } from '@nuthatch/decorators';

/** Something to be done. */
@Document()
export class Task {
  @Id({ generate: 'uuidv7' }) readonly id!: string;
  title!: string;
  /** Asked with `findByLabels('urgent')`. */
  @Tag() labels: string[] = [];
  /** Asked with `findByPriority({ gte: 5 })`; higher is more urgent. */
  @Range() priority: number = 0;
  @Range() createdAt: Date = new Date();
  isDone: boolean = false;
}
