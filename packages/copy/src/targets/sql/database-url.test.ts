import knexOf from 'knex';
import { requireDatabaseUrl } from './database-url.js';
import { sql } from './sql.js';

const POSTGRES = 'postgres://app:secret@db.example.org:5432/prod';
const MYSQL = 'mysql://app:secret@db.example.org:3306/prod';

describe('requireDatabaseUrl', () => {
  it.each([
    ['postgres', POSTGRES],
    ['postgres', 'postgresql://db.example.org/prod'],
    ['postgres', 'postgres://app:p%40w%2F@[::1]:5433/prod?sslmode=require'],
    ['postgres', 'postgres:///prod?host=/var/run/postgresql'],
    ['postgres', 'postgres://%2Fvar%2Frun/prod'],
    ['mysql', MYSQL],
    ['mysql', 'mariadb://app@127.0.0.1/prod'],
  ] as const)('takes for %s %s', (kind, url) => {
    expect(requireDatabaseUrl(kind, url, 'DATABASE_URL', 'url-env')).toBe(url);
  });

  it.each([
    ['postgres', 'not-a-url'],
    ['postgres', ''],
    ['postgres', '/var/lib/prod'],
    ['postgres', 'prod.db'],
    ['postgres', 'localhost'],
    ['postgres', 'db.example.org:5432/prod'],
    ['postgres', 'postgres//app:secret@db.example.org/prod'],
    ['postgres', 'postgres:/app:secret@db.example.org/prod'],
    ['postgres', 'postgres:app:secret@db.example.org/prod'],
    ['postgres', 'postgre://app:secret@db.example.org/prod'],
    ['postgres', 'psql postgres://app:secret@db.example.org/prod'],
    ['postgres', '"postgres://app:secret@db.example.org/prod"'],
    ['postgres', MYSQL],
    ['postgres', 'http://app:secret@db.example.org/prod'],
    ['postgres', 'postgres://app:secret@[::bad/prod'],
    ['postgres', 'postgres://app:secret@db.example.org:port/prod'],
    ['postgres', 'postgres://app:secret@db.example.org:99999/prod'],
    ['postgres', 'postgres://app:secret@db.example.org:0/prod'],
    ['postgres', 'postgres://app:secret@db example/prod'],
    ['postgres', 'postgres://app:secret@db.example.org/prod\n'],
    ['postgres', 'postgres://app:sec\tret@db.example.org/prod'],
    ['postgres', 'postgres://app:sec#ret@db.example.org/prod'],
    ['postgres', 'postgres://app:sec/ret@db.example.org/prod'],
    ['postgres', 'postgres://app:sec%ret@db.example.org/prod'],
    ['postgres', 'postgres://:secret@db.example.org/prod'],
    ['postgres', 'postgres:///prod'],
    ['postgres', 'postgres://'],
    ['postgres', 'postgres://db.example.org'],
    ['postgres', 'postgres://db.example.org/'],
    ['postgres', 'postgres://db.example.org/prod/more'],
    ['mysql', POSTGRES],
    ['mysql', 'mysql//app:secret@db.example.org/prod'],
    ['mysql', 'mysql://app:secret@[::bad/prod'],
    ['mysql', 'mysql:///prod'],
    ['mysql', 'mysql://db.example.org'],
  ] as const)('refuses for %s %j, and shows nothing of it', (kind, url) => {
    const refusal = (() => {
      try {
        return requireDatabaseUrl(kind, url, 'DATABASE_URL', 'url-env');
      } catch (error) {
        return error as Error;
      }
    })();
    expect(refusal).toMatchObject({ code: 'INVALID_OPTION', facts: { option: 'url-env' } });
    expect((refusal as Error).message).toContain('DATABASE_URL must hold a URL');
    expect((refusal as Error).message).not.toMatch(/secret|sec.ret|example/);
  });

  it.each([undefined, null, 5, {}])('refuses %p', (url) => {
    expect(() => requireDatabaseUrl('postgres', url, 'DATABASE_URL', 'url-env')).toThrow('INVALID_OPTION');
  });
});

describe('a knex over an invalid URL', () => {
  it.each([
    ['pg', 'not-a-url'],
    ['pg', 'postgres://app:secret@[::bad/prod'],
    ['pg', 'postgres:///prod'],
    ['pg', 'postgres://db.example.org'],
    ['pg', { connectionString: 'postgres//app:secret@db/prod' }],
    ['mysql2', 'mysql//app:secret@db/prod'],
    ['mysql2', { uri: 'not-a-url' }],
  ])('is refused for %s: %j', (client, connection) => {
    expect(() => sql(knexOf({ client, connection }))).toThrow('INVALID_OPTION');
  });

  it('is taken over a URL or over parts', () => {
    expect(sql(knexOf({ client: 'pg', connection: POSTGRES })).name).toBe('PostgreSQL');
    expect(sql(knexOf({ client: 'mysql2', connection: MYSQL })).name).toBe('MySQL');
    expect(sql(knexOf({ client: 'pg', connection: { user: 'app', database: 'prod' } })).name).toBe('PostgreSQL');
  });
});
