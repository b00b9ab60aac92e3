/** `readonly` of a class holds when the program runs, too: JavaScript and casts meet no compiler. */
import { TemporaryProject } from '../support/temporary-project.js';

type Repository = Record<
  'insert' | 'update' | 'upsert' | 'increment' | 'addTag' | 'updateMany',
  (...args: readonly unknown[]) => Promise<unknown>
> & { get(key: string): unknown };

const THING = `import { Document, Id, Tag } from '@nuthatch/decorators';
@Document() export class Thing {
  @Id() readonly id!: string;
  readonly number!: number;
  readonly at?: Date;
  @Tag() readonly labels: readonly string[] = [];
  name = '';
}
`;

describe('a readonly field', () => {
  async function withThings(work: (things: Repository) => Promise<void>): Promise<void> {
    using project = new TemporaryProject(
      { 'schemas/thing.ts': THING, 'main.ts': "export { openDatabase } from './generated/index.js';" },
      { hasDependencies: true },
    );
    expect((await project.generate()).diagnostics).toEqual([]);
    const { openDatabase } = project.load<{
      openDatabase: (options: object) => Promise<{ thing: Repository; close(): Promise<void> }>;
    }>('main.ts');
    const db = await openDatabase({ memory: true });
    await db.thing.insert({ id: 'a', number: 1, at: new Date(5), labels: ['x'] });
    await work(db.thing);
    await db.close();
  }

  it('is changed by no update, increment or tag', async () => {
    await withThings(async (things) => {
      const before = things.get('a');
      const violations = [{ rule: 'readonly' }];
      const refused = { code: 'VALIDATION_FAILED', facts: { violations } };
      await expect(things.update('a', { number: 2, name: 'b' })).rejects.toMatchObject(refused);
      await expect(things.update('a', () => ({ number: 2 }))).rejects.toMatchObject(refused);
      await expect(things.update('a', { at: undefined })).rejects.toMatchObject(refused);
      await expect(things.increment('a', 'number', 1)).rejects.toMatchObject(refused);
      await expect(things.addTag('a', 'labels', 'y')).rejects.toMatchObject(refused);
      expect(things.get('a')).toBe(before);
    });
  });

  it('may be named by a patch that leaves it as it is, and is replaced with the whole document', async () => {
    await withThings(async (things) => {
      await things.update('a', { number: 1, at: new Date(5), labels: ['x'], name: 'b' });
      expect(things.get('a')).toMatchObject({ number: 1, name: 'b' });
      await things.upsert({ id: 'a', number: 2 });
      expect(things.get('a')).toMatchObject({ number: 2 });
    });
  });
});
