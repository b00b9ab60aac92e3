/** What generated repositories of classes with `@Ref` take and give, as the compiler sees it. */
import type { Frozen, Query, RelatedRow } from '@nuthatch/runtime';
import { expectTypeOf } from 'expect-type';
import {
  type IssueTypes,
  issueKey,
  type NuthatchDatabase,
  type ProjectTypes,
  personKey,
  projectKey,
} from '../../../examples/issue-tracker/generated/index.js';
import type { Issue } from '../../../examples/issue-tracker/schemas/issue.js';
import type { Person } from '../../../examples/issue-tracker/schemas/person.js';
import type { Project } from '../../../examples/issue-tracker/schemas/project.js';

declare const db: NuthatchDatabase;
declare const issue: Frozen<Issue>;

export function related(): void {
  expectTypeOf(db.issue.related(issue, 'project')).toEqualTypeOf<ProjectTypes['document'] | undefined>();
  expectTypeOf(db.issue.related(issue, 'project')).toEqualTypeOf<Readonly<Project> | undefined>();
  expectTypeOf(db.issue.related(issue, 'watchers')).toEqualTypeOf<readonly Readonly<Person>[]>();
  expectTypeOf(db.issue.related(issue, 'blockedBy')).toEqualTypeOf<readonly Frozen<Issue>[]>();
  // @ts-expect-error a field that refers to nothing
  db.issue.related(issue, 'title');
  // @ts-expect-error a document of another class
  db.issue.related(db.person.require('ada'), 'project');
  // @ts-expect-error a class without references
  db.person.related(db.person.require('ada'), 'name');
}

export function finders(): void {
  expectTypeOf(db.project.issuesOf('core')).toEqualTypeOf<Query<IssueTypes>>();
  expectTypeOf(db.issue.parentIssuesOf(1).first()).toEqualTypeOf<Frozen<Issue> | undefined>();
  db.person.watchersIssuesOf(personKey('ada'));
  // @ts-expect-error the key of another class
  db.person.watchersIssuesOf(issueKey(1));
  // @ts-expect-error a text for a number
  db.issue.remarksOf('1');
}

export function joins(): void {
  db.issue.find({ project: 'core' });
  db.issue.find({ project: { area: 'tools', lead: { name: { prefix: 'A' } } } });
  db.issue.find({ blockedBy: { parent: { assignee: { in: ['ada'] } } }, or: [{ watchers: { id: 'bo' } }] });
  // @ts-expect-error no such value
  db.issue.find({ project: { area: 'kitchen' } });
  // @ts-expect-error no such field
  db.issue.find({ project: { colour: 'red' } });
  // @ts-expect-error a field without an index
  db.remark.find({ issue: { watchers: { joinedAt: 1 } } });
}

export async function rows(): Promise<void> {
  const [row] = db.issue.find({ status: 'open' }).with('project', 'watchers').all();
  expectTypeOf(row!).toEqualTypeOf<RelatedRow<IssueTypes, 'project' | 'watchers'>>();
  expectTypeOf(row!.document).toEqualTypeOf<Frozen<Issue>>();
  expectTypeOf(row!.related.project?.lead).toEqualTypeOf<string | undefined>();
  // @ts-expect-error not asked for
  row!.related.parent;
  // @ts-expect-error a field that refers to nothing
  db.issue.all().with('title');
  // @ts-expect-error a class without references
  db.person.all().with('name');
  await db.transaction((tx) => {
    expectTypeOf(tx.issue.related(issue, 'parent')).toEqualTypeOf<Frozen<Issue> | undefined>();
    expectTypeOf(tx.project.issuesOf('core').count()).toEqualTypeOf<number>();
  });
}

export async function keys(): Promise<void> {
  await db.issue.insert({ title: 'x', project: projectKey('core'), watchers: [personKey('ada'), 'bo'] });
  await db.issue.update(1, { assignee: personKey('ada'), blockedBy: new Set([1, issueKey(2)]) });
  db.issue.find({ project: projectKey('core'), watchers: { in: [personKey('ada')], not: 'bo' } });
  db.issue.findByAssignee(personKey('ada'));
  // @ts-expect-error the key of another class, though the field is a plain text
  await db.issue.insert({ title: 'x', project: personKey('ada') });
  // @ts-expect-error in a list
  await db.issue.insert({ title: 'x', project: 'core', watchers: [projectKey('core')] });
  // @ts-expect-error in a change
  await db.issue.update(1, { assignee: projectKey('core') });
  // @ts-expect-error in a condition
  db.issue.find({ project: personKey('ada') });
  // @ts-expect-error in a list of a condition
  db.issue.find({ watchers: { any: [projectKey('core')] } });
  // @ts-expect-error in the conditions of what is referred to
  db.issue.find({ project: { lead: projectKey('core') } });
  // @ts-expect-error in a finder
  db.issue.findByProject(personKey('ada'));
  // @ts-expect-error in a bulk write
  await db.issue.updateMany({ assignee: projectKey('core') }, { status: 'closed' });
  await db.remark.insert({ issue: 1, author: personKey('ada'), text: 'yes' });
  // @ts-expect-error the field has a typed key: that of an issue is none
  await db.remark.insert({ issue: 1, author: issueKey(1), text: 'yes' });
}
