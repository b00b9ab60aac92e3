/** Errors of a file system as the callers of the engine get them. */
import { DatabaseError } from '@nuthatch/model';

/** An error of the file system as `DIRECTORY_UNUSABLE`, with errno and call in its facts; any other error as it is. */
export function directoryError(error: unknown, directory: string): unknown {
  const { code, syscall, path } = error as {
    readonly code?: unknown;
    readonly syscall?: unknown;
    readonly path?: unknown;
  };
  if (DatabaseError.is(error) || typeof code !== 'string' || typeof syscall !== 'string') return error;
  const what = `${syscall} in ${directory} failed with ${code}`;
  const facts = { directory, errno: code, syscall, file: path };
  return new DatabaseError('DIRECTORY_UNUSABLE', what, facts, { cause: error });
}

/** What `work` resolves to; an error of the file system rejects as `DIRECTORY_UNUSABLE`. */
export async function withDirectoryErrors<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw directoryError(error, directory);
  }
}
