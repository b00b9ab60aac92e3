/** The public face of sync; re-exports only. */
export { decodeMessage, encodeMessage } from './protocol/encode-message.js';
export { type Message, PROTOCOL_VERSION } from './protocol/messages.js';
export { MessagePortTransport } from './transport/message-port-transport.js';
export type { Transport, TransportListener } from './transport/transport.js';
export { WebSocketTransport } from './transport/web-socket-transport.js';
