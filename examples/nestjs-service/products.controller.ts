import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { InjectRepository } from '@nuthatch/nestjs';
import { type ProductInput, type ProductRepository, productSchema } from './generated/index.js';
import { SchemaPipe } from './schema.pipe.js';
import { Product } from './schemas/product.js';

@Controller('products')
export class ProductsController {
  constructor(@InjectRepository(Product) private readonly products: ProductRepository) {}

  /** `?below=5`: those of which less than five are left, the fewest first. */
  @Get()
  list(@Query('below') below?: string) {
    const products = below === undefined ? this.products.all() : this.products.findByStock({ lt: Number(below) });
    return products.orderBy('stock').limit(100).all();
  }

  @Get(':sku')
  get(@Param('sku') sku: string) {
    return this.products.require(sku);
  }

  @Post()
  add(@Body(new SchemaPipe(productSchema)) input: ProductInput) {
    return this.products.insert(input);
  }
}
