/**
 * A port of loopback for a server that is about to start.
 *
 * Between the choice and the listening another process may take it. So it is none of those that systems give to
 * outgoing connections and to listeners on port 0 (32768 and more on Linux, 49152 and more elsewhere), and whoever
 * starts a server tries again with another one when the server ends before it answers.
 */
import net from 'node:net';

const [FIRST, LAST] = [10_240, 32_767];
const TRIES = 200;

/** @returns a port, drawn at random, that nobody listens on. */
export async function freePort() {
  let problem;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    problem = await problemWith(port);
    if (problem === undefined) return port;
  }
  throw problem;
}

function problemWith(port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', resolve);
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
