import { Document, Id, Tag } from '@nuthatch/decorators';

@Document()
export class Player {
  @Id() id!: string;
  name!: string;
  age!: number;
  @Tag() tags: Set<string> = new Set();
  home!: { city: string };
}
