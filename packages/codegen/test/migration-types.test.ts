/** What the type checker says of emitted migrations: nothing, once every value that was asked for is there. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Project, ts } from 'ts-morph';

const ROOT = resolve(__dirname, '../../..');
const STUB = readFileSync(join(__dirname, 'golden', 'migration-of-everything.ts'), 'utf8');

let project: Project;

beforeAll(() => {
  project = new Project({
    useInMemoryFileSystem: true,
    compilerOptions: {
      strict: true,
      exactOptionalPropertyTypes: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.CommonJS,
    },
  });
  const values = readFileSync(join(ROOT, 'packages/runtime/src/migration/migration-values.ts'), 'utf8');
  const types = readFileSync(join(ROOT, 'packages/runtime/src/migration/migration.ts'), 'utf8');
  project.createSourceFile('/node_modules/@nuthatch/runtime/migration.ts', types);
  project.createSourceFile('/node_modules/@nuthatch/runtime/index.ts', `${values}\nexport * from './migration';`);
  project.createSourceFile(
    '/node_modules/@nuthatch/model/index.d.ts',
    'export type DocumentModel = object; export declare class DatabaseError extends Error { constructor(code: string, what: string, facts?: object); }',
  );
});

function errorsOf(text: string): readonly string[] {
  const file = project.createSourceFile('/migration.ts', text, { overwrite: true });
  return file.getPreEmitDiagnostics().map((diagnostic) => {
    const line = text.split('\n')[diagnostic.getLineNumber()! - 1]!.trim();
    return `${line} ${ts.flattenDiagnosticMessageText(diagnostic.compilerObject.messageText, '\n')}`;
  });
}

describe('an emitted migration', () => {
  it('does not compile before each value that it asks for is given', () => {
    const errors = errorsOf(STUB);
    expect(errors.map((error) => error.split(':')[0])).toEqual(['team', 'home', 'level', 'age', 'score', 'notes']);
    for (const error of errors) expect(error).toContain('MissingValue');
  });

  it('compiles once they are', () => {
    const values: Readonly<Record<string, string>> = {
      team: "'none'",
      'home.zip': "''",
      level: "document.level === 'c' ? 'b' : document.level",
      age: 'Number(document.age)',
      score: 'document.score[0] ?? 0',
      notes: 'document.notes.map(Number)',
    };
    const filled = STUB.replace(/requiredValue\('([^']+)'\)/g, (_, path: string) => values[path]!);
    expect(errorsOf(filled)).toEqual([]);
  });

  it.each(['migration-of-an-id.ts', 'migration-of-all.ts'])('that sees all compiles as it is written: %s', (name) => {
    expect(errorsOf(readFileSync(join(__dirname, 'golden', name), 'utf8'))).toEqual([]);
  });
});
