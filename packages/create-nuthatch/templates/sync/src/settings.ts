/** What server and clients agree on. A server of another application is refused. */
export const APPLICATION = '__NAME__';

/** Where the server listens: `PORT` of the environment, 0 for a free port. */
export const PORT = Number(process.env['PORT'] ?? 7070);

/** Where a client keeps its own data. A second client on this machine needs another folder. */
export const CLIENT_DATA = process.env['CLIENT_DATA'] ?? './client-data';

/** Whoever has it may connect: set `TOKEN` of the environment, and ask your own users instead of it before you publish anything. */
export const TOKEN = process.env['TOKEN'] ?? 'only-for-development';
