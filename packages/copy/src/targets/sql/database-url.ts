/**
 * URLs of SQL servers: other texts are refused before a driver sees them. A driver puts its own defaults in the place
 * of what it does not understand, and would fill the database of that name on this machine.
 */
import { DatabaseError } from '@nuthatch/model';
import { requireArgument } from '../../argument-check.js';

const SCHEMES = {
  postgres: { pattern: /^postgres(ql)?:\/\//, form: 'postgres://user:password@host:5432/database' },
  mysql: { pattern: /^(mysql|mariadb):\/\//, form: 'mysql://user:password@host:3306/database' },
} as const;

/**
 * The text of a URL that names host and database; user, password, port and options may be left out. The error names what
 * holds the URL, never the URL: there is a password in it.
 *
 * @param holder for the message, as in `DATABASE_URL`. @throws DatabaseError `INVALID_OPTION`.
 */
export function requireDatabaseUrl(kind: keyof typeof SCHEMES, url: unknown, holder: string, option: string): string {
  requireArgument(kind, 'kind', Object.keys(SCHEMES));
  requireArgument(holder, 'holder', 'text');
  requireArgument(option, 'option', 'text');
  const problem = problemOf(kind, url);
  if (problem === undefined) return url as string;
  const what = `${holder} must hold a URL of the form ${SCHEMES[kind].form}: ${problem}`;
  throw new DatabaseError('INVALID_OPTION', what, { option });
}

function problemOf(kind: keyof typeof SCHEMES, text: unknown): string | undefined {
  if (typeof text !== 'string') return `it has type ${typeof text}`;
  if (!SCHEMES[kind].pattern.test(text)) return 'it begins differently';
  // The parser of URLs would pass over them.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are looked for.
  if (/[\u0000-\u0020]/.test(text)) return 'it holds a space or a control character';
  if (text.includes('#')) return 'it holds a #; write %23 in a user, a password or a name';
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return 'its host or port cannot be read; special characters in a password must be percent-encoded';
  }
  if (url.hostname === '' && (kind !== 'postgres' || !url.searchParams.get('host'))) return 'it names no host';
  const parts = url.pathname.split('/').slice(1);
  if (parts.length !== 1 || parts[0] === '') return 'it names no database after the host';
  if (url.port === '0') return 'its port is 0';
  if (url.password !== '' && url.username === '') return 'it has a password but no user';
  try {
    for (const part of [url.username, url.password, url.hostname, url.pathname]) decodeURIComponent(part);
  } catch {
    return 'it holds a bare percent sign; write %25';
  }
  return undefined;
}

/**
 * The `connection` that knex has parsed must name a server, if it was a URL: knex takes another text for the name of a
 * file, and leaves empty what a URL leaves out. @throws DatabaseError `INVALID_OPTION`.
 */
export function requireServerOf(client: string, connection: unknown): void {
  if (typeof connection !== 'object' || connection === null || client === 'better-sqlite3') return;
  const kind = client === 'mysql2' ? 'mysql' : 'postgres';
  const { connectionString, uri, filename, host, database } = connection as Readonly<Record<string, unknown>>;
  for (const url of [connectionString, uri, filename])
    if (url !== undefined && url !== null) requireDatabaseUrl(kind, url, "knex's `connection`", 'connection');
  if (host !== '' && database !== '' && database !== null) return;
  const what = `knex's \`connection\` names no ${host === '' ? 'host' : 'database'}: the driver would use its own default`;
  throw new DatabaseError('INVALID_OPTION', what, { option: 'connection' });
}
