import { Count, Range, Sum, View } from '@nuthatch/decorators';
import { Sale } from './sale.js';

/** Sales by month and channel. */
@View(() => Sale, { groupBy: ['month', 'channel'] })
@Range(['channel', 'month'])
export class MonthlyChannel {
  readonly month!: string;
  readonly channel!: Sale['channel'];
  @Count() sales!: number;
  @Sum('amount') total!: number;
}
