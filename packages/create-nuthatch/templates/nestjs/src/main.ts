import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { openDatabase } from '../generated/index.js';
import { AppModule } from './app.module.js';

async function main(): Promise<void> {
  const app = await NestFactory.create(
    AppModule.over(() => openDatabase({ directory: './data' })),
    { logger: ['error', 'warn'] },
  );
  // Closes the database when a signal ends the process.
  app.enableShutdownHooks();
  await app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1');
  console.log(`listening on ${await app.getUrl()}/tasks`);
}

main();
