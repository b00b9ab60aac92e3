import { Document, Id, Tag } from '@nuthatch/decorators';

/** What the issues of the queries' benchmark refer to. */
@Document()
export class Project {
  @Id() readonly id!: string;
  @Tag() team!: string;
}
