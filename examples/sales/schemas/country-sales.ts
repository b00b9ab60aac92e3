import { Avg, Count, Max, Min, Range, Sum, Top, View } from '@nuthatch/decorators';
import { Sale } from './sale.js';

/** What each country bought and kept. */
@View(() => Sale, { where: { refunded: false }, groupBy: 'country' })
export class CountrySales {
  readonly country!: string;
  @Count() @Range() sales!: number;
  @Sum('amount') @Range() total!: number;
  @Sum('micros') micros!: bigint;
  @Avg('amount') average!: number;
  @Avg('discount') averageDiscount?: number;
  @Min('soldAt') first!: Date;
  @Max('amount') largest!: number;
  @Min('note') firstNote?: string;
  @Top(3, 'amount') best!: Pick<Sale, 'id' | 'amount' | 'channel'>[];
}
