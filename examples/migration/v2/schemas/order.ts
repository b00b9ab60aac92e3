import { Document, Id, Range, Tag } from '@nuthatch/decorators';
import { IsInt, Min } from 'class-validator';

export class Address {
  street!: string;
  city!: string;
}

/** An order as the shop stores it now: whole cents, an address with a city to search by. */
@Document()
export class Order {
  @Id({ generate: 'sequence' }) readonly id!: number;
  customerName!: string;
  @Range() @IsInt() @Min(0) cents!: number;
  address!: Address;
  @Tag() status: 'open' | 'shipped' = 'open';
  @Range() placedAt: Date = new Date();

  /** Computed: indexed, never stored. */
  @Tag() get city(): string {
    return this.address.city;
  }
}
