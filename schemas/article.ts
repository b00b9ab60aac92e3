import { Document, Id, Index, type Key } from '@nuthatch/decorators';

/** An article, which is written as a draft and then published: one class, two collections. */
@Document({ collections: ['draft', 'published'] })
export class Article {
  @Id() readonly id!: Key<'Article'>;
  @Index() slug!: string;
  text!: string;
}
