/** What engines of every kind refuse. */
import { DatabaseError } from '@nuthatch/model';

/** A setting by which acknowledged writes may be lost. @param why ends the sentence "… may lose what it has acknowledged". */
export function unsafe(journal: string, setting: string, value: unknown, why: string): DatabaseError {
  const what = `${journal} may lose what it has acknowledged: ${why}`;
  return new DatabaseError('JOURNAL_UNSAFE', what, { journal, setting, value });
}

/** Nodes that began with what is there so far would begin with nothing. */
export function unfinished(journal: string): DatabaseError {
  const what = `${journal} is being made of a database by another process, or that was interrupted`;
  return new DatabaseError('JOURNAL_UNFINISHED', what, { journal });
}

/** The drivers are the user's: optional peers. @param packages as npm takes them. */
export function driverMissing(engine: string, packages: readonly string[], cause: unknown): DatabaseError {
  const [first, ...others] = packages;
  const what = `a journal in ${engine} needs ${others.length === 0 ? `the package ${first}` : 'packages'}: npm install ${packages.join(' ')}`;
  return new DatabaseError('JOURNAL_DRIVER_MISSING', what, { packages }, { cause });
}

/** A journal that a later version made. */
export function unknownFormat(journal: string, format: unknown): DatabaseError {
  const what = `${journal} has format ${String(format)}, which this version does not know`;
  return new DatabaseError('FORMAT_UNSUPPORTED', what, { journal, format });
}
