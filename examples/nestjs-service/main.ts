/** Starts the application over ./data. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { runService } from '../shared/run-service.js';
import { AppModule } from './app.module.js';
import { openDatabase } from './generated/index.js';

runService(3000, async ({ directory, port }) => {
  const app = await NestFactory.create(
    AppModule.over(() => openDatabase({ directory })),
    { logger: ['error', 'warn'], abortOnError: false, forceCloseConnections: true },
  );
  await app.listen(port, '127.0.0.1');
  return {
    url: await app.getUrl(),
    // Answers the requests under way, then closes the database.
    close: () => app.close(),
  };
});
