/** Databases on disk that this process has open, to warn when it ends without closing them. */

const openDirectories = new Map<object, string>();
let isWatching = false;

export function noteOpen(database: object, directory: string): void {
  openDirectories.set(database, directory);
  if (isWatching) return;
  isWatching = true;
  process.on('beforeExit', warn);
}

export function noteClosed(database: object): void {
  openDirectories.delete(database);
}

function warn(): void {
  for (const directory of openDirectories.values()) {
    const what = `the process ends while the database in ${directory} is open: call close(), or declare it with \`await using\``;
    process.emitWarning(what, { type: 'NuthatchWarning', code: 'NUTHATCH_NOT_CLOSED' });
  }
  openDirectories.clear();
}
