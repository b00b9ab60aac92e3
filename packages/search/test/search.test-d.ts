/** What `search` of a generated repository takes and gives, as the compiler sees it. */
import { Document, defineDocument, field, Id, Search } from '@nuthatch/decorators';
import { highlights } from '@nuthatch/search';
import { expectTypeOf } from 'expect-type';
import type { NuthatchDatabase } from '../../../examples/text-search/generated/index.js';
import type { NuthatchDatabase as OtherDatabase } from '../../../generated/index.js';

declare const db: NuthatchDatabase;
declare const other: OtherDatabase;

export function searches(): void {
  const query = db.issue.search('crash', { prefix: 'last', fuzzy: 1, match: 'any', fields: ['title', 'labels'] });
  expectTypeOf(query.first()!.votes).toEqualTypeOf<number>();
  expectTypeOf(query.keys()[0]!).toExtend<number>();
  query.orderBy('votes', 'desc').limit(1).page({ total: true });
  db.issue.search('crash', { where: { state: 'open', or: [{ votes: { gt: 1 } }] } });
  void db.transaction((tx) => tx.issue.search('crash').count());
  expectTypeOf(highlights('a', 'b', { prefix: true })[0]!.start).toEqualTypeOf<number>();
  const state = undefined as 'open' | undefined;
  db.issue.search('crash', { where: { state }, ignoreUndefined: true });
  // @ts-expect-error a condition that may be undefined, without the option
  db.issue.search('crash', { where: { state } });
  // @ts-expect-error a text is searched for
  db.issue.search(7);
  // @ts-expect-error and always one
  db.issue.search();
  // @ts-expect-error a field without @Search
  db.issue.search('crash', { fields: ['state'] });
  // @ts-expect-error three wrong letters
  db.issue.search('crash', { fuzzy: 3 });
  // @ts-expect-error all or any
  db.issue.search('crash', { match: 'some' });
  // @ts-expect-error a state that there is not
  db.issue.search('crash', { where: { state: 'lost' } });
  // @ts-expect-error a field without an index
  db.issue.search('crash', { where: { text: 'a' } });
  expectTypeOf(db.issue.searchReady()).toEqualTypeOf<Promise<void>>();
  // @ts-expect-error nothing is waited for inside of a transaction
  void db.transaction((tx) => void tx.issue.searchReady());
  // @ts-expect-error a class without @Search
  other.player.search('crash');
}

@Document()
@Search({ fields: ['title', 'tags'], language: 'en' })
// @ts-expect-error the class has no field of that name
@Search({ fields: ['name'] })
// @ts-expect-error a field that holds no text
@Search({ fields: ['size'] })
export class Note {
  @Id() id!: string;
  @Search({ weight: 2 }) title!: string;
  @Search() tags: ReadonlySet<string> = new Set();
  @Search() lines?: string[];
  @Search() note: string | null = null;
  // @ts-expect-error a number has no words
  @Search() size: number = 0;
  // @ts-expect-error there is no such option
  @Search({ boost: 2 }) text!: string;
}

export const Page = defineDocument('Page', {
  id: field.string().id(),
  text: field.string().search({ weight: 2, language: 'de' }),
  words: field.array(field.string()).search(),
  // @ts-expect-error a number has no words
  size: field.number().search(),
});
