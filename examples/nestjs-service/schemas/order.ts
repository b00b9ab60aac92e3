import { Document, Id, Range, Tag } from '@nuthatch/decorators';
import { IsInt, Min } from 'class-validator';

/** Pieces of one product that were sold. */
@Document()
export class Order {
  @Id({ generate: 'sequence' }) readonly id!: number;
  @Tag() readonly sku!: string;
  @IsInt() @Min(1) readonly quantity!: number;
  @Range() readonly orderedAt: Date = new Date();
}
