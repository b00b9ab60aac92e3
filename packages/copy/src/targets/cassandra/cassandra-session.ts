/**
 * Runs CQL through the caller's driver: prepared, idempotent, repeated when the cluster is not able to, at most
 * `concurrency` statements at once. Every failure becomes a DatabaseError with a code.
 */

import { DatabaseError, type ErrorCode } from '@nuthatch/model';
import { realTime } from '@nuthatch/runtime/tools';
import { driverText } from '../../driver-text.js';
import type { PlainDocument } from '../../external-store.js';

/** The parts of a `Client` of cassandra-driver that a copy uses. */
export interface CassandraClient {
  readonly keyspace?: string;
  execute(query: string, params?: unknown[], options?: CassandraQueryOptions): Promise<CassandraResult>;
  batch(queries: { query: string; params: unknown[] }[], options?: CassandraQueryOptions): Promise<CassandraResult>;
}

export interface CassandraQueryOptions {
  readonly prepare?: boolean;
  readonly isIdempotent?: boolean;
  readonly logged?: boolean;
  readonly consistency?: number;
  readonly fetchSize?: number;
  readonly pageState?: string;
}

export interface CassandraResult {
  readonly rows?: readonly unknown[];
  readonly pageState?: string | null;
}

export interface Statement {
  readonly query: string;
  readonly params: unknown[];
}

export interface SessionOptions {
  readonly consistency: number;
  readonly concurrency: number;
  readonly attempts: number;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Answers of the native protocol, version 4, section 9; by what a caller can do about them. */
const UNREACHABLE_CODES = new Set([0x0000, 0x1000, 0x1001, 0x1002, 0x1003, 0x1100, 0x1200, 0x1300, 0x1500]);
const DENIED_CODES = new Set([0x0100, 0x2100]);
const INVALID_CODE = 0x2200;
const UNPREPARED_CODE = 0x2500;

export class CassandraSession {
  readonly #client: CassandraClient;
  readonly #options: SessionOptions;
  readonly #defaults: CassandraQueryOptions;

  constructor(client: CassandraClient, options: SessionOptions) {
    this.#client = client;
    this.#options = options;
    this.#defaults = { isIdempotent: true, consistency: options.consistency };
  }

  /** Runs one statement; prepared unless it has no parameters. All that a copy runs may be run twice. */
  async run(
    query: string,
    params: unknown[] = [],
    paging: Partial<CassandraQueryOptions> = {},
  ): Promise<CassandraResult> {
    const options = { ...this.#defaults, prepare: params.length > 0, ...paging };
    return this.#repeated(query, () => this.#client.execute(query, params, options));
  }

  /** Runs statements of one partition at once: an unlogged batch of one partition is one write, all or nothing. */
  async runTogether(statements: readonly Statement[]): Promise<void> {
    const [first] = statements;
    if (first === undefined) return;
    const options = { ...this.#defaults, prepare: true, logged: false };
    if (statements.length === 1) await this.run(first.query, first.params);
    else await this.#repeated(first.query, () => this.#client.batch([...statements], options));
  }

  async #repeated(query: string, act: () => Promise<CassandraResult>): Promise<CassandraResult> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await act();
      } catch (error) {
        const failure = failureOf(error, query);
        if (failure.code !== 'COPY_TARGET_UNREACHABLE') throw failure;
        if (attempt >= this.#options.attempts) throw isUnprepared(error) ? unpreparable(failure, query) : failure;
        await realTime.sleep(Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS));
      }
    }
  }

  /** Rows of one page. */
  async page(query: string, params: unknown[], rowCount: number, after: string | undefined): Promise<RowPage> {
    const paging = after === undefined ? { fetchSize: rowCount } : { fetchSize: rowCount, pageState: after };
    const { rows = [], pageState } = await this.run(query, params, { prepare: true, ...paging });
    const next = pageState === null || pageState === undefined ? {} : { next: pageState };
    return { rows: rows as readonly PlainDocument[], ...next };
  }

  /** Every row of an answer, a page at a time. */
  async *rows(query: string, params: unknown[] = [], pageRowCount = 1_000): AsyncGenerator<PlainDocument, void> {
    let after: string | undefined;
    do {
      const page: RowPage = await this.page(query, params, pageRowCount, after);
      yield* page.rows;
      after = page.next;
    } while (after !== undefined);
  }

  /** Does `act` for each item, `concurrency` at once, in no order; the first failure ends it when those begun are done. */
  async each<Item>(items: Iterable<Item> | AsyncIterable<Item>, act: (item: Item) => Promise<unknown>): Promise<void> {
    const iterator = isAsync(items) ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
    let isOver = false;
    const work = async (): Promise<void> => {
      while (!isOver) {
        const { done, value } = await iterator.next();
        if (done === true) isOver = true;
        else await act(value);
      }
    };
    const guarded = async (): Promise<void> => {
      try {
        await work();
      } finally {
        isOver = true;
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: this.#options.concurrency }, guarded));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async runAll(statements: Iterable<Statement>): Promise<void> {
    await this.each(statements, ({ query, params }) => this.run(query, params));
  }
}

export interface RowPage {
  readonly rows: readonly PlainDocument[];
  readonly next?: string;
}

function isAsync<Item>(items: Iterable<Item> | AsyncIterable<Item>): items is AsyncIterable<Item> {
  return Symbol.asyncIterator in items;
}

interface DriverError {
  readonly name?: string;
  readonly code?: unknown;
  readonly message?: string;
  readonly innerErrors?: Readonly<Record<string, unknown>>;
}

/** The coded error of a driver's error. Its text names hosts at most, never a password. */
export function failureOf(error: unknown, query: string): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const what = `Cassandra did not take ${firstWords(query)}: ${driverText(error)}`;
  return new DatabaseError(codeOf(error as DriverError), what, { target: 'Cassandra' }, { cause: error });
}

/** The nodes answer, but none takes the statement any more: the driver then says that no host is available. */
function isUnprepared(error: unknown): boolean {
  const inner = Object.values((error as DriverError)?.innerErrors ?? {}) as readonly DriverError[];
  return inner.some(({ code }) => code === UNPREPARED_CODE);
}

function unpreparable(cause: DatabaseError, query: string): DatabaseError {
  const what = `Cassandra no longer prepares ${firstWords(query)} …: was its table dropped? Copy again to create it`;
  return new DatabaseError('COPY_FAILED', what, { target: 'Cassandra' }, { cause });
}

function codeOf(error: DriverError): ErrorCode {
  const { name, code } = error ?? {};
  const inner = Object.values(error?.innerErrors ?? {}) as readonly DriverError[];
  if (name === 'AuthenticationError' || DENIED_CODES.has(code as number)) return 'COPY_ACCESS_DENIED';
  if (inner.some((one) => codeOf(one) === 'COPY_ACCESS_DENIED')) return 'COPY_ACCESS_DENIED';
  if (name === 'NoHostAvailableError' || name === 'OperationTimedOutError' || name === 'BusyConnectionError')
    return 'COPY_TARGET_UNREACHABLE';
  if (UNREACHABLE_CODES.has(code as number)) return 'COPY_TARGET_UNREACHABLE';
  // An invalid request, but of no value: a table or keyspace was dropped. Scylla says «unconfigured table».
  if (code === INVALID_CODE && /does not exist|unconfigured table/.test(error.message ?? '')) return 'COPY_FAILED';
  // TypeError and RangeError: the driver could not encode a value.
  if (code === INVALID_CODE || name === 'TypeError' || name === 'RangeError') return 'COPY_VALUE_REFUSED';
  return 'COPY_FAILED';
}

function firstWords(query: string): string {
  return query.split(/\s+/, 3).join(' ');
}
