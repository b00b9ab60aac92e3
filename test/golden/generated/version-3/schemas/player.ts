import { Document, Id } from '@nuthatch/decorators';

/** Fields are gone, two types grew, the indexes are gone. */
@Document()
export class Player {
  @Id() id!: string;
  name!: string;
  age!: number | string;
  home!: { zip?: string; city: string } | null;
  rank: number = 3;
  level?: 'a' | 'b' | 'c';
}
