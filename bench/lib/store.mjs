/**
 * The one face every store shows to the benchmark. A method that answers at once returns the answer, one that has to
 * wait returns a promise: the harness awaits only what is a promise, so no synchronous store pays for an await.
 *
 * @typedef {object} Person a document, about 160 bytes of JSON
 * @property {string} id
 * @property {string} email unique
 * @property {string} name no index
 * @property {string[]} tags two, many to many
 * @property {number} age in days, ordered, many per value
 * @property {number} createdAt milliseconds since 1970
 *
 * @typedef {'memory' | 'journal' | 'durable'} Mode
 *   memory: nothing on disk; journal: on disk, handed to the operating system, no fsync; durable: fsync before the answer
 *
 * @template T @typedef {T | Promise<T>} Awaitable
 *
 * @typedef {object} Store
 * @property {(documents: Person[]) => Awaitable<unknown>} insertMany one page, all or nothing where the store can
 * @property {(document: Person) => Awaitable<unknown>} insert throws or rejects when the email is taken
 * @property {(id: string) => Awaitable<Person | undefined>} get
 * @property {(email: string) => Awaitable<Person | undefined>} findByEmail
 * @property {(tag: string) => Awaitable<number>} countTag
 * @property {(tag: string) => Awaitable<Person[]>} findByTag
 * @property {(from: number, below: number, limit: number) => Awaitable<Person[]>} findByAge from ≤ age < below, ascending
 * @property {(id: string, name: string) => Awaitable<unknown>} rename change of a field without an index
 * @property {(id: string, age: number) => Awaitable<unknown>} setAge change of the ranged field
 * @property {() => Awaitable<unknown>} settle everything accepted so far is as safe as the mode says
 * @property {() => Awaitable<unknown>} close
 * @property {() => Awaitable<number>} [foreignBytes] memory used outside this process
 * @property {() => Awaitable<unknown>} [compact] bring the files to the state they have after the store's own upkeep
 *
 * @typedef {object} Adapter
 * @property {string} name
 * @property {string} title column head
 * @property {Mode[]} modes all that the store can do
 * @property {Mode[]} readModes the modes whose reads are timed
 * @property {Mode[]} [updateModes] the modes whose updates are timed; `readModes` when not said
 * @property {boolean} [large] takes part at 1,000,000 documents unless told otherwise
 * @property {boolean} [compacts] its `compact` runs beside writes
 * @property {string} [note] what the figures of this store leave out
 * @property {(options: { mode: Mode, directory: string }) => Promise<Store>} open
 */
export {};
