import { Count, Max, Range, Top, View } from '@nuthatch/decorators';
import { Sale } from './sale.js';

/** Sales by label: a sale counts for each of its labels. */
@View(() => Sale, { groupBy: 'labels', where: { or: [{ channel: 'web' }, { amount: { gte: 100 } }] } })
export class LabelSales {
  readonly labels!: string;
  @Count() @Range() sales!: number;
  @Max('discount') largestDiscount?: number;
  @Top(2, 'soldAt', { order: 'asc' }) first!: Pick<Sale, 'id' | 'soldAt'>[];
}
