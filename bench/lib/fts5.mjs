/** FTS5 of better-sqlite3 for bench/search.mjs; undefined where it was not built. Written to a file, without syncs. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export function openFts5(path) {
  let sqlite;
  try {
    const Sqlite = require('better-sqlite3');
    sqlite = new Sqlite(path);
  } catch (error) {
    console.log(`without FTS5: ${String(error.message).split('\n')[0]}`);
    return undefined;
  }
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('synchronous = OFF');
  sqlite.exec("create virtual table issue using fts5(title, text, tokenize = 'unicode61')");
  const add = sqlite.prepare('insert into issue (rowid, title, text) values (?, ?, ?)');
  const change = sqlite.prepare('update issue set text = ? where rowid = ?');
  const best = sqlite.prepare('select rowid from issue where issue match ? order by rank limit 20').pluck();
  const all = sqlite.prepare('select rowid from issue where issue match ?').pluck();
  return {
    addAll: sqlite.transaction((issues) => {
      for (const { id, title, text } of issues) add.run(id, title, text);
    }),
    changeAll: sqlite.transaction((changes) => {
      for (const [id, text] of changes) change.run(text, id);
    }),
    best: (asked) => best.all(asked),
    all: (asked) => all.all(asked),
    close: () => sqlite.close(),
  };
}
