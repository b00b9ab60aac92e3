import { cpSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { CliProject } from './support/cli-project.js';

const ROOT = resolve(__dirname, '../../..');

describe('nuthatch schema', () => {
  let project: CliProject;
  beforeEach(() => {
    project = new CliProject();
    cpSync(join(ROOT, 'generated/models.json'), join(project.folder, 'generated/models.json'));
  });
  afterEach(() => project[Symbol.dispose]());

  it('prints JSON Schema of every class, which validates', async () => {
    const { exitCode, out, err } = await project.run('schema', '--json-schema');
    expect([exitCode, err]).toEqual([0, '']);
    const schemas = JSON.parse(out) as { readonly $defs: Readonly<Record<string, object>> };
    expect(Object.keys(schemas.$defs)).toEqual(
      expect.arrayContaining(['Player', 'PlayerInput', 'PlayerPatch', 'Club']),
    );
    const ajv = addFormats(new Ajv2020({ strict: true, allowUnionTypes: true }));
    ajv.addSchema({ $id: 'https://example.org/all', ...schemas });
    for (const name of Object.keys(schemas.$defs)) ajv.compile({ $ref: `https://example.org/all#/$defs/${name}` });
    const isInput = ajv.compile({ $ref: 'https://example.org/all#/$defs/PlayerInput' });
    expect(isInput({ id: 'p1', email: 'ann@x.io', age: 31, name: 'Ann' })).toBe(true);
    expect(isInput({ id: 'p1', email: 'ann@x.io', age: 131, name: 'Ann' })).toBe(false);
  });

  it('prints an OpenAPI document with the same as components', async () => {
    const { exitCode, out } = await project.run('schema', '--openapi', '--class', 'Player');
    expect(exitCode).toBe(0);
    const document = JSON.parse(out) as { readonly components: { readonly schemas: Readonly<Record<string, object>> } };
    expect(document).toMatchObject({ openapi: '3.1.0', paths: {} });
    expect(Object.keys(document.components.schemas)).toEqual(['Player', 'PlayerInput', 'PlayerPatch']);
    expect(document.components.schemas['Player']).toMatchObject({
      title: 'Player',
      properties: { joinedAt: { type: 'string', format: 'date-time' }, age: { minimum: 0, maximum: 120 } },
    });
  });

  it('refuses a class that is not there, models that are none, and both forms at once', async () => {
    expect(await project.run('schema', '--openapi', '--class', 'Plyer')).toMatchObject({ exitCode: 2 });
    expect(await project.run('schema', '--openapi', '--json-schema')).toMatchObject({ exitCode: 2 });
    expect(await project.run('schema')).toMatchObject({ exitCode: 2 });
    for (const text of ['{', '{}', '{"models":{"a":5}}']) {
      project.write('generated/models.json', text);
      const { exitCode, err } = await project.run('schema', '--openapi');
      expect([exitCode, err]).toEqual([1, expect.stringContaining('CODE_NOT_LOADED')]);
    }
  });
});
