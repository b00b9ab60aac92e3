/** A door to a server that can be led elsewhere, cut, and shut. */
import net, { type AddressInfo, type Server, type Socket } from 'node:net';

export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port: number;
  #isShut = false;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.#port = port;
    server.on('connection', (client) => this.#lead(client));
  }

  /** @param port of the server that it leads to. */
  static async open(port: number): Promise<TcpProxy> {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new TcpProxy(server, port);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends the connections that are there. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Ends them, and takes no new ones. */
  shut(): void {
    this.#isShut = true;
    this.cut();
  }

  /** Leads to another server from now on. */
  leadTo(port: number): void {
    this.#port = port;
    this.#isShut = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #lead(client: Socket): void {
    if (this.#isShut) {
      client.destroy();
      return;
    }
    const server = net.connect({ host: '127.0.0.1', port: this.#port });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}
