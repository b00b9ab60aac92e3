import { Body, Controller, Get, Inject, Param, Post } from '@nestjs/common';
import type { OrderInput } from './generated/index.js';
import { OrdersService } from './orders.service.js';

@Controller()
export class OrdersController {
  constructor(@Inject(OrdersService) private readonly orders: OrdersService) {}

  @Post('orders')
  sell(@Body() input: OrderInput) {
    return this.orders.sell(input);
  }

  @Get('products/:sku/orders')
  of(@Param('sku') sku: string) {
    return this.orders.of(sku);
  }
}
