import { Document, Id } from '@nuthatch/decorators';

/** `name` is called `title`, by a migration, and older code is kept out. */
@Document({ minReader: 1 })
export class Player {
  @Id() id!: string;
  title!: string;
  age!: number | string;
  home!: { zip?: string; city: string } | null;
  rank: number = 3;
  level?: 'a' | 'b' | 'c';
}
