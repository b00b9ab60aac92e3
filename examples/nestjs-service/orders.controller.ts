import { Body, Controller, Get, Inject, Param, Post } from '@nestjs/common';
import { type OrderInput, orderSchema } from './generated/index.js';
import { OrdersService } from './orders.service.js';
import { SchemaPipe } from './schema.pipe.js';

@Controller()
export class OrdersController {
  constructor(@Inject(OrdersService) private readonly orders: OrdersService) {}

  @Post('orders')
  sell(@Body(new SchemaPipe(orderSchema)) input: OrderInput) {
    return this.orders.sell(input);
  }

  @Get('products/:sku/orders')
  of(@Param('sku') sku: string) {
    return this.orders.of(sku);
  }
}
