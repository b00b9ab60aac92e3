// npm run client                          shows the tasks, and every change of them
// npm run client -- add "water the plants"    adds one, also while the server is down
// npm run client -- done <id>
import { CLIENT_DATA, PORT } from './settings.js';
import { openTaskLines, openTasks } from './tasks.js';

const WAIT_MS = 2_000;

async function main([verb, argument]: string[]): Promise<void> {
  const tasks = await openTasks(`ws://127.0.0.1:${PORT}`, { directory: CLIENT_DATA });
  if (verb === undefined) {
    const show = (): void => console.log(`${tasks.connection.state}\n${openTaskLines(tasks).join('\n')}\n`);
    tasks.task.all().watch(show);
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => tasks.close());
    return;
  }
  if (verb === 'add' && argument !== undefined) await tasks.task.insert({ title: argument });
  else if (verb === 'done' && argument !== undefined) await tasks.task.update(argument, { isDone: true });
  else console.error('give nothing, or: add <title>, done <id>');
  // It is on this disk already. Without a server it goes out the next time.
  await tasks.connection
    .synced({ signal: AbortSignal.timeout(WAIT_MS) })
    .catch((error: Error) => console.error(error.message));
  console.log(`${tasks.connection.state}; ${tasks.outbox.size} changes wait for the server`);
  await tasks.close();
}

main(process.argv.slice(2));
