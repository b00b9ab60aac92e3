import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { NuthatchModule } from '@nuthatch/nestjs';
import { NuthatchHealthIndicator } from '@nuthatch/nestjs/terminus';
import { DatabaseErrorFilter } from './database-error.filter.js';
import type { NuthatchDatabase } from './generated/index.js';
import { HealthController } from './health.controller.js';
import { OrdersController } from './orders.controller.js';
import { OrdersService } from './orders.service.js';
import { ProductsController } from './products.controller.js';
import { Product } from './schemas/product.js';

@Module({})
export class AppModule {
  /** @param open opens the database: a directory in the program, memory in tests. The application closes it. */
  static over(open: () => Promise<NuthatchDatabase>): DynamicModule {
    return {
      module: AppModule,
      imports: [NuthatchModule.forRoot({ open }), NuthatchModule.forFeature([Product]), TerminusModule],
      controllers: [ProductsController, OrdersController, HealthController],
      providers: [OrdersService, NuthatchHealthIndicator, { provide: APP_FILTER, useClass: DatabaseErrorFilter }],
    };
  }
}
