import { once } from 'node:events';

/** A WebSocket without compression, open. */
export async function openSocket(url) {
  const { WebSocket } = await import('ws');
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, 'open');
  return socket;
}
