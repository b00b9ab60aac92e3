import { Document, Id, Range } from '@nuthatch/decorators';

/** An order as the shop stored it first: one name, a price in euros, one text for the address. */
@Document()
export class Order {
  @Id({ generate: 'sequence' }) readonly id!: number;
  customer!: string;
  /** Euros, with cents after the point. */
  price!: number;
  address!: string;
  @Range() placedAt: Date = new Date();
}
