/**
 * Ends what cassandra-driver forgets: when no node answered for a while and one does again, it puts a new host with new
 * connections in the place of the old one, whose pool goes on connecting. No `shutdown` reaches that pool, so its
 * timers and sockets would keep the process alive (seen in 4.10.0).
 */
interface ReplacedHost {
  shutdown?(waitsForPending: boolean): Promise<unknown>;
}

interface EmittingClient {
  on?(event: 'hostRemove', listener: (host: ReplacedHost) => void): unknown;
}

const watched = new WeakSet<object>();

/** Shuts down each host that the client lets go of. Once a client; no I/O. */
export function endReplacedHosts(client: object): void {
  if (watched.has(client)) return;
  watched.add(client);
  (client as EmittingClient).on?.('hostRemove', (host) => {
    // It has no requests any more; whether its sockets close well concerns nobody.
    host.shutdown?.(false).catch(() => undefined);
  });
}
