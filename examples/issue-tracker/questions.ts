/** What pages of the tracker ask: a board with filters, a search, a dashboard. Each is one query. */
import type { MaybeUndefined } from '@nuthatch/runtime';
import { highlights, marked } from '@nuthatch/search';
import type { Issue, IssueWhere, NuthatchDatabase } from './generated/index.js';

/** The part of a list behind the `?` of its address; what nobody chose is absent. */
export interface BoardFilters {
  readonly status?: Issue['status'];
  readonly area?: 'engine' | 'tools';
  readonly assignee?: string | 'nobody';
  readonly minPriority?: number;
  readonly after?: string;
}

export interface Card {
  readonly title: string;
  readonly assignee: string;
}

/** A page of two cards, the urgent ones first, and the cursor of the next page. */
export function board(db: NuthatchDatabase, filters: BoardFilters): { cards: Card[]; next?: string; total: number } {
  const { status, area, assignee, minPriority, after } = filters;
  const where: MaybeUndefined<IssueWhere> = {
    status,
    priority: { gte: minPriority },
    project: { area },
    assignee: assignee === 'nobody' ? { absent: true } : assignee,
  };
  const ordered = db.issue.find(where, { ignoreUndefined: true }).orderBy('priority', 'desc').orderBy('title').limit(2);
  const { items, ...page } = (after === undefined ? ordered : ordered.after(after))
    .with('assignee')
    .page({ total: true });
  const cards = items.map(({ document, related }) => ({
    title: document.title,
    assignee: related.assignee?.name ?? 'nobody',
  }));
  return { ...page, cards };
}

/** Titles of issues, the best first, with the words marked; the last word may be the beginning of one. */
export function search(db: NuthatchDatabase, text: string): string[] {
  const options = { prefix: 'last', fuzzy: true } as const;
  const found = db.issue
    .search(text, { ...options, where: { status: 'open' } })
    .limit(10)
    .select('title');
  return found.all().map(({ title }) => marked(title, highlights(title, text, options), '[', ']'));
}

/** A line for each project and status, the longest first: a view has counted already. */
export function dashboard(db: NuthatchDatabase): string[] {
  const rows = db.projectIssues.all().orderBy('issues', 'desc').orderBy('id');
  return [...rows].map(
    ({ project, status, issues, first }) =>
      `${project} ${status}: ${issues}, first ${first.map(({ title }) => title).join(', ')}`,
  );
}
