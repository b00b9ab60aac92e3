/** The examples of docs/sql.md over a real MariaDB: its program runs, its table is the one that is made, its queries answer so. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import knexOf from 'knex';
import * as generated from '../../../../generated/index.js';
import * as copy from '../../src/index.js';

export function describeExamples(name: string, urlOf: () => string): void {
  describe(name, () => {
    const page = readFileSync(join(__dirname, '..', '..', name), 'utf8');
    const blocks = (language: string): string[] =>
      [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, text]) =>
        (text ?? '').trim(),
      );

    it('shows a program that runs, the table that it makes, and queries with these answers', async () => {
      const modules: Readonly<Record<string, unknown>> = {
        knex: knexOf,
        '@nuthatch/copy': copy,
        './generated/index.js': generated,
      };
      const [program = ''] = blocks('ts');
      const imports = program.replace(/^import (.*) from (.*);$/gm, 'const $1 = modules[$2];');
      const source = `(async (modules) => { ${imports}\nreturn { report, restored }; })`;
      const { code } = transformSync(source, {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        isModule: false,
      });
      process.env['MARIADB_URL'] = urlOf();
      // biome-ignore lint/security/noGlobalEval: the documentation is ours.
      const answer = await globalThis.eval(code)(modules);
      expect(answer.report.collections[0]).toMatchObject({ count: 2, writtenCount: 2 });
      expect(answer.restored).toEqual(['p1', 'p2']);

      const knex = knexOf({ client: 'mysql2', connection: urlOf() });
      try {
        const ddl = copy.sql(knex, { schema: 'shop' }).ddl(copy.shapesOf([generated.playerDefinition]));
        const statements = blocks('sql').map((text) => text.replace(/\s+/g, ' '));
        const made = ddl.map((text) => text.replaceAll(/ CHARACTER SET utf8mb4 COLLATE \/.*?\*\/\/.*?\*\//g, ''));
        expect(statements).toHaveLength(3);
        for (const statement of statements) {
          const [query = '', answers] = statement.split('; -- ');
          if (answers === undefined) expect(made).toContain(query);
          else {
            const [rows] = (await knex.raw(query)) as [Record<string, unknown>[]];
            expect(rows.flatMap((row) => Object.values(row)).join(' ')).toBe(answers);
          }
        }
      } finally {
        await knex.destroy();
      }
    });
  });
}
