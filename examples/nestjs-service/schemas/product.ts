import { Document, Id, Range } from '@nuthatch/decorators';
import { IsInt, Length, Matches, Min } from 'class-validator';

/** Something that the shop sells. */
@Document()
export class Product {
  @Id() @Matches(/^[a-z0-9-]{1,40}$/) readonly sku!: string;
  @Length(1, 100) name!: string;
  /** The engine refuses whatever would make it negative. */
  @Range() @IsInt() @Min(0) stock: number = 0;
}
