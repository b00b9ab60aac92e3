import { Injectable } from '@nestjs/common';
import { InjectDatabase } from '@nuthatch/nestjs';
import type { NuthatchDatabase, Order, OrderInput } from './generated/index.js';

/** Selling: the stock goes down and the order is written, both or neither. */
@Injectable()
export class OrdersService {
  constructor(@InjectDatabase() private readonly db: NuthatchDatabase) {}

  /** @throws DatabaseError `DOCUMENT_NOT_FOUND` for an unknown product, `VALIDATION_FAILED` when too few are left. */
  sell({ sku, quantity }: OrderInput): Promise<Readonly<Order>> {
    return this.db.transaction((tx) => {
      // First, so that a quantity which is not one never touches the stock.
      const order = tx.order.insert({ sku, quantity });
      tx.product.update(sku, ({ stock }) => ({ stock: stock - quantity }));
      return order;
    });
  }

  of(sku: string): readonly Readonly<Order>[] {
    return this.db.order.findBySku(sku).orderBy('orderedAt', 'desc').limit(100).all();
  }
}
