import { Document, Id, Index, Range, Tag } from '@nuthatch/decorators';

/** A letter that is kept for ever and hardly ever read: it stays on the disk. */
@Document({ storage: 'cold' })
export class Letter {
  @Id() readonly id!: string;
  @Index() number!: number;
  @Tag() labels: string[] = [];
  @Range() sentAt!: Date;
  text!: string;
}
