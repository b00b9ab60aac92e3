import { makeProjects } from '../issues.mjs';

export const title = 'LokiJS';
export const note =
  'in memory, binary indexes; its own live objects; groups and distinct values by its map-reduce, pages by an offset';

export async function open(issues) {
  const { default: Loki } = await import('lokijs');
  const db = new Loki('queries', { adapter: new Loki.LokiMemoryAdapter() });
  const indices = ['project', 'status', 'assignee', 'priority', 'createdAt'];
  const collection = db.addCollection('issue', { unique: ['id'], indices });
  collection.insert(issues.map((issue) => ({ ...issue })));
  const projects = db.addCollection('project', { unique: ['id'], indices: ['team'] });
  projects.insert(makeProjects());
  const ofTeam = (team) => projects.find({ team }).map(({ id }) => id);
  const count = (objects) => {
    const groups = new Map();
    for (const { of } of objects) groups.set(of, (groups.get(of) ?? 0) + 1);
    return groups;
  };
  const measures = (objects) => {
    const groups = new Map();
    for (const { of, estimate, priority } of objects) {
      const group = groups.get(of) ?? { count: 0, sum: 0, max: 0 };
      group.count++;
      group.sum += estimate;
      group.max = Math.max(group.max, priority);
      groups.set(of, group);
    }
    return [...groups].map(([status, group]) => ({ status, ...group }));
  };
  const within = (project) => collection.chain().find({ project });
  const distinct = (chain) =>
    [
      ...new Set(
        chain.mapReduce(
          ({ assignee }) => assignee,
          (values) => values,
        ),
      ),
    ].filter((who) => who !== undefined);
  const measured = ({ status, estimate, priority }) => ({ of: status, estimate, priority });
  return {
    or: (who, project) =>
      collection.find({ $or: [{ assignee: who }, { $and: [{ project }, { priority: { $gte: 4 } }] }] }),
    orderedWithin: (project) =>
      within(project)
        .compoundsort([
          ['priority', true],
          ['createdAt', false],
        ])
        .limit(20)
        .data(),
    orderedAll: (most) =>
      collection
        .chain()
        .find({ priority: { $lte: most } })
        .compoundsort([
          ['priority', true],
          ['createdAt', true],
        ])
        .limit(20)
        .data(),
    join: (team) => collection.find({ $and: [{ project: { $in: ofTeam(team) } }, { priority: { $gte: 4 } }] }),
    joinInOrder: (team) =>
      collection
        .chain()
        .find({ project: { $in: ofTeam(team) } })
        .simplesort('createdAt', true)
        .limit(20)
        .data(),
    countBoth: (project, status) => collection.count({ project, status }),
    countGroups: () =>
      Array.from(
        collection.mapReduce(({ project }) => ({ of: project }), count),
        ([project, of]) => ({
          project,
          count: of,
        }),
      ),
    groups: () => collection.mapReduce(measured, measures),
    groupsWithin: (project) => within(project).mapReduce(measured, measures),
    ends: (status) => {
      const chain = collection.chain().find({ status }).simplesort('createdAt');
      const [first] = chain.branch().limit(1).data();
      return { min: first.createdAt, max: chain.data().at(-1).createdAt };
    },
    distinct: (project) => distinct(within(project)),
    distinctAll: () => distinct(collection.chain()),
    select: (project) =>
      within(project)
        .map(({ id, title: text }) => ({ id, title: text }), { removeMeta: true })
        .data(),
    page: () => {
      let offset = 0;
      return () => {
        const page = collection.chain().simplesort('createdAt').offset(offset).limit(100).data();
        offset = page.length < 100 ? 0 : offset + 100;
        return page;
      };
    },
    close: () => db.close(),
  };
}
