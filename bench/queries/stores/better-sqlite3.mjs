import { makeProjects } from '../issues.mjs';

export const title = 'better-sqlite3 12';
export const note = 'in memory, prepared statements, an index for each question; ANALYZE has run';

const FIELDS = ['id', 'project', 'status', 'assignee', 'priority', 'createdAt', 'estimate', 'title', 'text'];
const SCHEMA = `
  CREATE TABLE issue (
    id TEXT PRIMARY KEY, project TEXT NOT NULL, status TEXT NOT NULL, assignee TEXT, priority INTEGER NOT NULL,
    createdAt INTEGER NOT NULL, estimate INTEGER NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE project (id TEXT PRIMARY KEY, team TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX by_team ON project (team);
  CREATE INDEX by_assignee ON issue (assignee);
  CREATE INDEX by_project ON issue (project, priority DESC, createdAt);
  CREATE INDEX by_project_status ON issue (project, status, estimate);
  CREATE INDEX by_project_assignee ON issue (project, assignee);
  CREATE INDEX by_priority ON issue (priority DESC, createdAt DESC);
  CREATE INDEX by_status ON issue (status, createdAt);
  CREATE INDEX by_status_measures ON issue (status, estimate, priority);
  CREATE INDEX by_date ON issue (createdAt, id);`;

export async function open(issues) {
  const { default: Sqlite } = await import('better-sqlite3');
  const db = new Sqlite(':memory:');
  db.exec(SCHEMA);
  const insert = db.prepare(`INSERT INTO issue VALUES (${FIELDS.map(() => '?').join(', ')})`);
  const insertProject = db.prepare('INSERT INTO project VALUES (?, ?)');
  db.transaction(() => {
    for (const { id, team } of makeProjects()) insertProject.run(id, team);
    for (const issue of issues) insert.run(...FIELDS.map((name) => issue[name] ?? null));
  })();
  db.exec('ANALYZE');
  const all = (sql) => {
    const statement = db.prepare(sql);
    return (...values) => statement.all(...values);
  };
  const one = (sql) => {
    const statement = db.prepare(sql);
    return (...values) => statement.get(...values);
  };
  const count = db.prepare('SELECT count(*) FROM issue WHERE project = ? AND status = ?').pluck();
  const distinct = db.prepare('SELECT DISTINCT assignee FROM issue WHERE project = ? AND assignee IS NOT NULL').pluck();
  const distinctAll = db.prepare('SELECT DISTINCT assignee FROM issue WHERE assignee IS NOT NULL').pluck();
  const firstPage = db.prepare('SELECT * FROM issue ORDER BY createdAt, id LIMIT 100');
  const nextPage = db.prepare('SELECT * FROM issue WHERE (createdAt, id) > (?, ?) ORDER BY createdAt, id LIMIT 100');
  return {
    or: all('SELECT * FROM issue WHERE assignee = ? OR (project = ? AND priority >= 4)'),
    orderedWithin: all('SELECT * FROM issue WHERE project = ? ORDER BY priority DESC, createdAt LIMIT 20'),
    orderedAll: all('SELECT * FROM issue WHERE priority <= ? ORDER BY priority DESC, createdAt DESC LIMIT 20'),
    join: all('SELECT issue.* FROM project JOIN issue ON issue.project = project.id WHERE team = ? AND priority >= 4'),
    joinInOrder: all(
      'SELECT issue.* FROM project JOIN issue ON issue.project = project.id WHERE team = ? ORDER BY createdAt DESC LIMIT 20',
    ),
    countBoth: (project, status) => count.get(project, status),
    countGroups: all('SELECT project, count(*) AS count FROM issue GROUP BY project'),
    groups: all(
      'SELECT status, count(*) AS count, sum(estimate) AS sum, max(priority) AS max FROM issue GROUP BY status',
    ),
    groupsWithin: all(
      'SELECT status, count(*) AS count, sum(estimate) AS sum FROM issue WHERE project = ? GROUP BY status',
    ),
    // Two statements: one for both ends reads every row of the status.
    ends: (() => {
      const least = one('SELECT min(createdAt) AS min FROM issue WHERE status = ?');
      const most = one('SELECT max(createdAt) AS max FROM issue WHERE status = ?');
      return (status) => ({ ...least(status), ...most(status) });
    })(),
    distinct: (project) => distinct.all(project),
    distinctAll: () => distinctAll.all(),
    select: all('SELECT id, title FROM issue WHERE project = ?'),
    page: () => {
      let last;
      return () => {
        const page = last === undefined ? firstPage.all() : nextPage.all(last.createdAt, last.id);
        last = page.length < 100 ? undefined : page.at(-1);
        return page;
      };
    },
    close: () => db.close(),
  };
}
