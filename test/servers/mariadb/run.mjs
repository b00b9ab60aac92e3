/**
 * A real MariaDB for tests; see serve-on-loopback.mjs.
 *
 *   node run.mjs --check   exits 0 when a server program is found, else 3
 *   node run.mjs           prints {"port","pid","user","password","database"} once it answers; exits 3 without a program
 *
 * Programs, first that is there: MARIADB_BIN; PATH; /usr/sbin, where Debian puts the server. MariaDB refuses root: it
 * then runs as mysql or nobody.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { greets, serveOnLoopback } from '../serve-on-loopback.mjs';

const places = [process.env.MARIADB_BIN, ...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin'];
const program = (name) => places.map((place) => place && join(place, name)).find((path) => path && existsSync(path));
const [user, password, database] = ['nuthatch', 'secret', 'nuthatch'];

const [server, installer] = [program('mariadbd'), program('mariadb-install-db')];
if (server === undefined || installer === undefined) process.exit(3);
if (!process.argv.includes('--check'))
  await serveOnLoopback({
    name: 'mariadb',
    users: ['mysql', 'nobody'],
    env: { LC_ALL: 'C' },
    make: (_folder, data) => [
      installer,
      // The first argument must be this one: files of the machine then say nothing.
      '--no-defaults',
      `--datadir=${data}`,
      '--skip-test-db',
      '--auth-root-authentication-method=normal',
      '--skip-log-bin',
    ],
    run: (folder, data, port) => [
      server,
      '--no-defaults',
      `--datadir=${data}`,
      `--init-file=${writeUsers(folder)}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--socket=${join(data, 'socket')}`,
      `--pid-file=${join(data, 'pid')}`,
      '--skip-name-resolve',
      '--skip-ssl',
      // The data lives for seconds: what a power cut would leave is nobody's concern.
      '--innodb-flush-log-at-trx-commit=0',
      '--innodb-doublewrite=0',
      '--skip-log-bin',
    ],
    // A request to stop would have it flush what is removed anyway.
    stopSignal: 'SIGKILL',
    // It greets first: the fifth byte is the protocol's version, 10.
    answers: (port) => greets(port, undefined, (bytes) => bytes[4] === 10),
    access: { user, password, database },
  });

function writeUsers(folder) {
  const file = join(folder, 'users.sql');
  writeFileSync(
    file,
    `CREATE DATABASE IF NOT EXISTS ${database};\nCREATE USER IF NOT EXISTS ${user}@'%' IDENTIFIED BY '${password}';\nGRANT ALL ON *.* TO ${user}@'%';\n`,
    { mode: 0o644 },
  );
  return file;
}
