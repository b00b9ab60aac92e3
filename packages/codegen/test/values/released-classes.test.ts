/** Classes with states and releases as the generator reads them: enums, inheritance, `defineDocument`, pinned releases. */
import { compile } from '../support/compile.js';
import { TemporaryProject } from '../support/temporary-project.js';

type Repository = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
type Opened = Readonly<Record<'drawing' | 'order' | 'contract' | 'job', Repository>> & { close(): Promise<void> };

const SOURCES = {
  'schemas/drawing.ts': `import { Document, Id, Lifetime, Released } from '@nuthatch/decorators';
export enum State { Draft = 'draft', Valid = 'valid', Old = 'old' }
@Released()
export abstract class Versioned {
  @Lifetime({ transitions: { [State.Draft]: [State.Valid], [State.Valid]: [State.Old], [State.Old]: [] } })
  state: State = State.Draft;
}
@Document() export class Drawing extends Versioned {
  @Id() readonly sheet!: number;
  @Id() readonly project!: string;
  title = '';
}
`,
  'schemas/order.ts': `import { Document, Id, Lifetime, type ReleasedKey } from '@nuthatch/decorators';
@Document() export class Order {
  @Id({ generate: 'sequence' }) readonly id!: number;
  part!: ReleasedKey<'Contract'>;
  more: ReleasedKey<'Contract'>[] = [];
  numbered?: ReleasedKey<'Order', number>;
}
@Document() export class Job {
  @Id() readonly id!: string;
  @Lifetime({ transitions: { waiting: ['running'], running: ['done', 'failed'], failed: ['waiting'], done: [] }, initial: 'waiting' })
  state!: 'waiting' | 'running' | 'done' | 'failed';
}
`,
  'schemas/contract.ts': `import { defineDocument, field } from '@nuthatch/decorators';
export const Contract = defineDocument('Contract', {
  id: field.string().id(),
  text: field.string(),
  stage: field.literal('open', 'signed').lifetime({ transitions: { open: ['signed'], signed: [] } }),
}, { released: true });
`,
  'main.ts': "export { openDatabase } from './generated/index.js';",
};

describe('classes with states and releases', () => {
  it('are read from enums, bases and defineDocument, and say the same when they run', async () => {
    using project = new TemporaryProject(SOURCES, { hasDependencies: true });
    const { diagnostics } = await project.generate();
    expect(diagnostics).toEqual([]);
    expect(compile(project, { strict: true })).toEqual([]);
    const { openDatabase } = project.load<{ openDatabase: (options: object) => Promise<Opened> }>('main.ts');
    const db = await openDatabase({ memory: true });
    const key = { sheet: 1, project: 'x' };
    await db.drawing['insert']!({ ...key, title: 'A' });
    await db.drawing['release']!(key);
    expect(db.drawing['isReleased']!(key)).toBe(true);
    await db.drawing['setLifetime']!(key, 'valid');
    await expect(db.drawing['update']!(key, { title: 'B' })).rejects.toMatchObject({ code: 'DOCUMENT_RELEASED' });
    await db.drawing['revise']!(key);
    expect(db.drawing['history']!(key)).toMatchObject([{ key, release: 1, document: { state: 'valid', title: 'A' } }]);
    expect(db.drawing['getReleased']!({ key, release: 1 })).toMatchObject({ title: 'A' });
    await db.job['insert']!({ id: 'j' });
    expect(db.job['get']!('j')).toMatchObject({ state: 'waiting' });
    expect(db.job['release']).toBeUndefined();
    await expect(db.job['setLifetime']!('j', 'done')).rejects.toMatchObject({ code: 'TRANSITION_REFUSED' });
    await db.contract['insert']!({ id: 'c', text: 'we agree' });
    await db.contract['setLifetime']!('c', 'signed');
    await db.contract['release']!('c');
    const pinned = { key: 'c', release: 1 };
    const { part } = (await db.order['insert']!({ part: pinned, more: [pinned] })) as { part: object };
    expect(db.contract['getReleased']!(part)).toMatchObject({ text: 'we agree', stage: 'signed' });
    await expect(db.order['insert']!({ part: { key: 'c' } })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    await db.close();
  });
});
