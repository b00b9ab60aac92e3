import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { NuthatchModule } from '@nuthatch/nestjs';
import type { NuthatchDatabase } from '../generated/index.js';
import { Task } from '../schemas/task.js';
import { DatabaseErrorFilter } from './database-error.filter.js';
import { TasksController } from './tasks.controller.js';

@Module({})
export class AppModule {
  /** @param open opens the database: a directory in the program, memory in tests. */
  static over(open: () => Promise<NuthatchDatabase>): DynamicModule {
    return {
      module: AppModule,
      imports: [NuthatchModule.forRoot({ open }), NuthatchModule.forFeature([Task])],
      controllers: [TasksController],
      providers: [{ provide: APP_FILTER, useClass: DatabaseErrorFilter }],
    };
  }
}
