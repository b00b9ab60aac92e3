import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { InjectRepository } from '@nuthatch/nestjs';
import type { TaskRepository } from '../generated/index.js';
import { Task } from '../schemas/task.js';

interface NewTask {
  readonly title: string;
  readonly priority?: number;
  readonly labels?: string[];
}

@Controller('tasks')
export class TasksController {
  constructor(@InjectRepository(Task) private readonly tasks: TaskRepository) {}

  @Get()
  list(@Query('label') label?: string) {
    const tasks = label === undefined ? this.tasks.all() : this.tasks.findByLabels(label);
    return tasks.orderBy('priority', 'desc').limit(100).all();
  }

  @Get(':id')
  get(@Param('id') id: string) {
    return this.tasks.require(id);
  }

  @Post()
  add(@Body() task?: NewTask) {
    // Without a body nothing is there, which the insert refuses with every reason.
    const { title, priority, labels } = task ?? ({} as NewTask);
    return this.tasks.insert({ title, priority, labels });
  }

  @Post(':id/done')
  done(@Param('id') id: string) {
    return this.tasks.update(id, { isDone: true });
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Param('id') id: string): Promise<void> {
    await this.tasks.delete(id);
  }
}
