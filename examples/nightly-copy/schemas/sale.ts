import { Document, Id, Range, Tag } from '@nuthatch/decorators';
import { IsInt, Max, Min } from 'class-validator';

/** Something sold at a till. */
@Document()
export class Sale {
  @Id({ generate: 'sequence' }) readonly id!: number;
  @Tag() product!: string;
  @IsInt() @Min(0) @Max(100_000_000) cents!: number;
  @Range() soldAt: Date = new Date();
  @Tag() campaigns: string[] = [];
}
