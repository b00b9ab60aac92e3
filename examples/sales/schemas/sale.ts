import { Document, Id, Range, Tag } from '@nuthatch/decorators';

export type Channel = 'web' | 'shop' | 'phone';

/** One thing sold. */
@Document()
export class Sale {
  @Id({ generate: 'sequence' }) readonly id!: number;
  country!: string;
  channel!: Channel;
  @Tag() labels: string[] = [];
  /** In the currency of the country; may be a fraction. */
  amount!: number;
  /** The same in millionths, as a whole number. */
  micros!: bigint;
  @Range() soldAt!: Date;
  /** A part of the amount, 0 to 1. */
  discount?: number;
  note: string | null = null;
  refunded = false;

  /** Where a report lists it. */
  @Range() get month(): string {
    return this.soldAt.toISOString().slice(0, 7);
  }
}
