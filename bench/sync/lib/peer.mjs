/**
 * What every compared system implements, in a file of its own under `peers/`. All of them replicate one collection of
 * `Person` (bench/lib/store.mjs) from a server to clients, over the loopback.
 *
 * @typedef {object} Peer
 * @property {string} name the file's
 * @property {string} title column of the table
 * @property {string} note how it is set up, and what it promises less or more
 * @property {boolean} [large] it takes part at a million documents
 * @property {boolean} [hasJournal] a client of it may have a journal on disk
 * @property {(options: { pages: Iterable<Person[]>, documents: number }) => Promise<Server>} serve
 * @property {(options: { port: number, onFirst: () => void, journal?: Journal }) => Promise<Client>} connect
 * @property {(options: IdleOptions) => Promise<() => void>} idle a connection that has what it asked for and says nothing
 *   more, without a client's store behind it; gives what ends it
 *
 * @typedef {object} IdleOptions
 * @property {number} port
 * @property {number} index of this client
 * @property {boolean} isFollowing it is told every update; a system without this choice always is
 * @property {() => void} onTold an update has come to it
 *
 * @typedef {object} Server
 * @property {number} port
 * @property {(id: string, createdAt: number) => unknown} update one transaction; a promise where there is something to await
 * @property {() => unknown} close
 *
 * @typedef {object} Client
 * @property {() => Promise<unknown>} ready resolves when the first image is there, or earlier: the count is asked then
 * @property {() => number | Promise<number>} count
 * @property {() => Iterable<Person> | Promise<Iterable<Person>>} all
 * @property {(listener: (changed: { id: string, createdAt: number }) => void) => () => void} watch
 * @property {() => unknown} close
 *
 * @typedef {{ directory: string, durability: 'os' | 'fsync' }} Journal
 * @typedef {import('../../lib/store.mjs').Person} Person
 */
export const PEERS = ['nuthatch', 'rxdb', 'tinybase', 'pouchdb', 'yjs'];

/** @returns {Promise<Peer>} */
export const loadPeer = async (name) => (await import(`../peers/${name}.mjs`)).peer;
