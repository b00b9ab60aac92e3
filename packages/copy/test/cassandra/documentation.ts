/** The examples of docs/cassandra.md: its program runs, its tables are those that are made, its queries answer so. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import { auth, Client, type ClientOptions } from 'cassandra-driver';
import * as generated from '../../../../generated/index.js';
import { playerDefinition } from '../../../../generated/player.js';
import * as copy from '../../src/index.js';
import { type CassandraRun, SLOW_MACHINE } from './cassandra-place.js';

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'cassandra.md'), 'utf8');
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, text]) => (text ?? '').trim());

export function describeDocumentation(run: CassandraRun): void {
  describe('docs/cassandra.md', () => {
    it('shows a program that runs, tables that are made and queries that answer so', async () => {
      class TestClient extends Client {
        constructor(options: ClientOptions) {
          const authProvider = new auth.PlainTextAuthProvider('cassandra', 'cassandra');
          super({ ...options, ...run.server.clientOptions, authProvider, socketOptions: SLOW_MACHINE });
        }
      }
      const modules: Readonly<Record<string, unknown>> = {
        'cassandra-driver': { Client: TestClient },
        '@nuthatch/copy': copy,
        './generated/index.js': generated,
      };
      const [program = ''] = blocks('ts');
      const imports = program.replace(/^import (.*) from (.*);$/gm, 'const $1 = modules[$2];');
      const source = `(async (modules) => { ${imports}\nreturn { report, restored: restored.player.all().keys() }; })`;
      const { code } = transformSync(source, {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        isModule: false,
      });
      // biome-ignore lint/security/noGlobalEval: the documentation is ours.
      const answer = await globalThis.eval(code)(modules);
      expect(answer.report.collections[0]).toMatchObject({ count: 2, writtenCount: 2 });
      expect([...answer.restored].sort()).toEqual(['p1', 'p2']);

      const ddl = copy.cassandra(run.client, { keyspace: 'shop' }).ddl(copy.shapesOf([playerDefinition]));
      const [tables, queries] = [blocks('cql').filter(isTable), blocks('cql').filter((one) => !isTable(one))];
      expect([tables.length, queries.length]).toEqual([4, 3]);
      for (const table of tables) expect(ddl).toContain(table);
      for (const one of queries) {
        const [query = '', ids = ''] = one.split('; -- ');
        const { rows } = await run.client.execute(query);
        expect(rows.map(({ id }) => id).sort()).toEqual(ids.split(' '));
      }
    });
  });
}

const isTable = (text: string): boolean => text.startsWith('CREATE');
