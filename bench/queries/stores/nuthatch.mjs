import { createRequire } from 'node:module';
import { join } from 'node:path';
import { makeProjects } from '../issues.mjs';

const GENERATED = join(import.meta.dirname, '..', '..', 'build', 'generated', 'index.js');

export const title = 'Nuthatch';
export const note = 'through the generated repository, in memory';

export async function open(issues) {
  const { openDatabase } = createRequire(import.meta.url)(GENERATED);
  const db = await openDatabase({ memory: true });
  const { issue } = db;
  await db.project.insertMany(makeProjects());
  await issue.insertMany(issues);
  return {
    or: (who, project) => issue.find({ or: [{ assignee: who }, { project, priority: { gte: 4 } }] }).all(),
    orderedWithin: (project) =>
      issue.find({ project }).orderBy('priority', 'desc').orderBy('createdAt').limit(20).all(),
    orderedAll: (most) =>
      issue
        .find({ priority: { lte: most } })
        .orderBy('priority', 'desc')
        .orderBy('createdAt', 'desc')
        .limit(20)
        .all(),
    join: (team) => issue.find({ project: { team }, priority: { gte: 4 } }).all(),
    joinInOrder: (team) => issue.find({ project: { team } }).orderBy('createdAt', 'desc').limit(20).all(),
    countBoth: (project, status) => issue.count({ project, status }),
    countGroups: () => issue.all().aggregate({ count: true }, { by: 'project' }),
    groups: () => issue.all().aggregate({ count: true, sum: 'estimate', max: 'priority' }, { by: 'status' }),
    groupsWithin: (project) => issue.find({ project }).aggregate({ count: true, sum: 'estimate' }, { by: 'status' }),
    ends: (status) => issue.find({ status }).aggregate({ min: 'createdAt', max: 'createdAt' }),
    distinct: (project) => issue.find({ project }).distinct('assignee'),
    distinctAll: () => issue.all().distinct('assignee'),
    select: (project) => issue.find({ project }).select('id', 'title').all(),
    page: () => {
      const query = issue.all().orderBy('createdAt').limit(100);
      let next;
      return () => {
        const page = (next === undefined ? query : query.after(next)).page();
        next = page.next;
        return page.items;
      };
    },
    close: () => db.close(),
  };
}
