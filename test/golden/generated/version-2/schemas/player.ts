import { Document, Id, Range, Tag } from '@nuthatch/decorators';

/** Fields came, one inside an object too, and an index. */
@Document()
export class Player {
  nick?: string;
  @Id() id!: string;
  name!: string;
  home!: { zip?: string; city: string };
  @Range() age!: number;
  @Tag() tags: Set<string> = new Set();
  rank: number = 3;
  level?: 'a' | 'b';
  born?: Date;
}
