import { Document, Id, Range, Search, Tag } from '@nuthatch/decorators';

/** An issue of a tracker: its title counts three times as much as its text. */
@Document()
export class Issue {
  @Id() id!: number;
  @Search({ weight: 3 }) title!: string;
  @Search() text: string = '';
  /** Words of the labels are found, too. */
  @Search() @Tag() labels: string[] = [];
  @Tag() state: 'open' | 'closed' = 'open';
  @Range() votes: number = 0;
}
