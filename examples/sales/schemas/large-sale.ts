import { Range, Tag, View } from '@nuthatch/decorators';
import { Sale } from './sale.js';

/** The sales to look after. */
@View(() => Sale, { where: (sale) => !sale.refunded && sale.amount * (1 - (sale.discount ?? 0)) >= 100 })
export class LargeSale {
  readonly id!: number;
  @Range() country!: string;
  @Tag() labels!: string[];
  @Range() amount!: number;
  discount?: number;
}
