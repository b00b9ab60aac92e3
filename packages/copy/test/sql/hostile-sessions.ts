/** Settings of sessions and drivers that change how values are written or read, and foreign rows that show it. */
import type { ForeignRow, HostileSession } from './session-settings.js';

export const POSTGRES_SESSIONS: readonly HostileSession[] = [
  {
    name: 'few digits, day before month, Amsterdam, escaped bytes',
    statements: [
      "SET extra_float_digits = 0; SET DateStyle = 'SQL, DMY'; SET TimeZone = 'Europe/Amsterdam'; SET bytea_output = 'escape'",
    ],
  },
  {
    name: 'fewer digits, German dates, Nepal, verbose intervals',
    statements: [
      "SET extra_float_digits = -15; SET DateStyle = 'German'; SET TimeZone = 'Asia/Kathmandu'; SET IntervalStyle = 'postgres_verbose'",
    ],
  },
  {
    name: 'old dates, backslashes, serializable transactions',
    statements: [
      "SET DateStyle = 'Postgres, MDY'; SET standard_conforming_strings = off; SET default_transaction_isolation = serializable; SET transform_null_equals = on",
    ],
  },
  {
    name: 'quoted names of types, transactions that may not wait',
    statements: ['SET quote_all_identifiers = on; SET idle_in_transaction_session_timeout = 1'],
  },
  {
    name: 'parsers and formats of the driver',
    connection: {
      binary: true,
      // knex itself reads the server's version, a text.
      types: { getTypeParser: (oid: number) => (text: unknown) => (oid === 25 ? text : 'parsed') },
    },
  },
];

export const POSTGRES_ROWS: ForeignRow = {
  ddl: [
    'CREATE SCHEMA foreigners',
    `CREATE TABLE foreigners.rows (id numeric(20,0) PRIMARY KEY, amount float8, real_ float4, day date, at timestamptz,
       plain timestamp, early timestamptz, raw bytea, big int8, yes boolean, nested jsonb)`,
    `INSERT INTO foreigners.rows SELECT id, 0.1::float8 + 0.2::float8, 0.1, '2026-05-12', '2026-05-12 10:00:00.123Z', '2026-05-12 10:00:00',
       '1900-01-01 00:00:00Z', '\\x00ff5c', 9007199254740993, true, '{"a":1}'
       FROM (VALUES (9007199254740993), (9007199254740994), (9007199254740995)) ids (id)`,
  ],
  table: 'foreigners.rows',
  types: {
    amount: { kind: 'number' },
    real_: { kind: 'number' },
    day: { kind: 'date' },
    at: { kind: 'date' },
    plain: { kind: 'date' },
    early: { kind: 'date' },
    raw: { kind: 'bytes' },
    big: { kind: 'bigint' },
    yes: { kind: 'boolean' },
    nested: { kind: 'object', fields: [{ name: 'a', type: { kind: 'number' }, optional: false, rules: [] }] },
  },
  values: {
    amount: 0.1 + 0.2,
    real_: 0.1,
    day: new Date('2026-05-12T00:00:00Z'),
    at: new Date('2026-05-12T10:00:00.123Z'),
    plain: new Date('2026-05-12T10:00:00Z'),
    early: new Date('1900-01-01T00:00:00Z'),
    raw: new Uint8Array([0, 255, 92]),
    big: 9007199254740993n,
    yes: true,
    nested: { a: 1 },
  },
};

export const MARIADB_SESSIONS: readonly HostileSession[] = [
  {
    name: 'another time zone, lax and quoting modes',
    statements: ["SET time_zone = '-11:30', sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT'"],
  },
  {
    name: 'few rows, safe updates, no autocommit, chained transactions',
    statements: [
      'SET max_statement_time = 0.5, sql_select_limit = 1, sql_safe_updates = 1, sql_big_selects = 0, max_join_size = 1, unique_checks = 0',
      "SET autocommit = 0, completion_type = 'CHAIN', tx_isolation = 'READ-UNCOMMITTED'",
    ],
  },
  {
    name: 'an engine without transactions, Latin results',
    statements: [
      "SET default_storage_engine = 'MyISAM'",
      "SET character_set_results = 'latin1', collation_connection = 'latin1_swedish_ci'",
    ],
  },
  { name: 'a Latin driver', connection: { charset: 'latin1' } },
  {
    name: 'types of the driver',
    connection: {
      timezone: '+05:30',
      dateStrings: false,
      supportBigNumbers: true,
      bigNumberStrings: true,
      decimalNumbers: true,
      typeCast: () => 'cast',
    },
  },
];

export const MARIADB_ROWS: ForeignRow = {
  ddl: [
    'CREATE DATABASE foreigners',
    `CREATE TABLE foreigners.rows (id bigint PRIMARY KEY, amount double, day date, at timestamp(3) NULL, plain datetime,
       raw varbinary(9), big bigint, yes tinyint(1), nested json, word varchar(20) CHARACTER SET utf8mb4)`,
    `SET time_zone = '+00:00'`,
    `INSERT INTO foreigners.rows SELECT id, 0.1e0 + 0.2e0, '2026-05-12', FROM_UNIXTIME(1778580000.123), '2026-05-12 10:00:00',
       x'00ff5c', 9007199254740993, 1, '{"a":1}', _utf8mb4 x'c3a9f09f90a6'
       FROM (SELECT 9007199254740993 AS id UNION SELECT 9007199254740994 UNION SELECT 9007199254740995) ids`,
  ],
  table: 'foreigners.rows',
  types: {
    amount: { kind: 'number' },
    day: { kind: 'date' },
    at: { kind: 'date' },
    plain: { kind: 'date' },
    raw: { kind: 'bytes' },
    big: { kind: 'bigint' },
    yes: { kind: 'boolean' },
    nested: { kind: 'object', fields: [{ name: 'a', type: { kind: 'number' }, optional: false, rules: [] }] },
    word: { kind: 'string' },
  },
  values: {
    amount: 0.1 + 0.2,
    day: new Date('2026-05-12T00:00:00Z'),
    at: new Date(1_778_580_000_123),
    plain: new Date('2026-05-12T10:00:00Z'),
    raw: new Uint8Array([0, 255, 92]),
    big: 9007199254740993n,
    yes: true,
    nested: { a: 1 },
    word: 'é🐦',
  },
};
