/**
 * Who may import whom, in all packages, type imports included: style guide section 3. And no import cycle.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const PACKAGES = join(__dirname, '..', '..');

/** Package → what it may import besides itself and Node. `*` stands for what comes after it. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  model: [],
  decorators: ['@nuthatch/model', 'reflect-metadata', 'class-validator'],
  codegen: ['@nuthatch/model', '@ts-morph/common', 'ts-morph', 'tinyglobby'],
  // The fast-check entry alone needs its peer.
  runtime: ['@nuthatch/model', 'fast-check'],
  copy: ['@nuthatch/runtime', '@nuthatch/model', 'knex', 'cassandra-driver', 'pg', 'pg-copy-streams', 'csv-parse'],
  search: ['@nuthatch/model', '@nuthatch/runtime'],
  cluster: [
    '@nuthatch/model',
    '@nuthatch/runtime',
    'pg',
    '@nats-io/transport-node',
    '@nats-io/jetstream',
    'cassandra-driver',
  ],
  sync: ['@nuthatch/runtime', '@nuthatch/model', 'ws'],
  nestjs: ['@nuthatch/runtime', '@nuthatch/model', '@nestjs/common', '@nestjs/core', '@nestjs/terminus'],
  observability: ['@nuthatch/runtime', '@nuthatch/model', 'prom-client', '@opentelemetry/api'],
  'create-nuthatch': [],
  cli: ['*'],
};

/** Folders of the runtime, highest first, as the page for readers shows them: page and code cannot part. */
const LAYERS: readonly (readonly string[])[] = layersOfPage(
  readFileSync(join(PACKAGES, '..', 'ARCHITECTURE.md'), 'utf8'),
);

/** Folders of a package that never see each other, whatever their layer. */
const STRANGERS: readonly (readonly [name: string, folders: readonly string[]])[] = [
  ['runtime', ['store', 'indexes', 'journal']],
  ['sync', ['server', 'replica']],
];

function layersOfPage(page: string): readonly (readonly string[])[] {
  const section = page.split(/^## /m).find((text) => text.startsWith('Layers of the runtime'));
  const rows = (section ?? '').split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) =>
    [...(row.split('|')[1] as string).matchAll(/`([\w-]+)`/g)].map((match) => match[1] as string),
  );
}

interface Source {
  readonly file: string;
  readonly imports: readonly string[];
}

function sourcesOf(folder: string): readonly Source[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name): readonly Source[] => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sourcesOf(path);
    if (!name.endsWith('.ts') || name.endsWith('.test.ts') || name.endsWith('.test-d.ts')) return [];
    return [{ file: path, imports: importsOf(readFileSync(path, 'utf8')) }];
  });
}

/** Import and export specifiers, `import('…')` too; texts inside templates and comments are left out. */
function importsOf(text: string): readonly string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const statements = [...code.matchAll(/^(?:import\s*|(?:import|export)\s[\w\s{},*$]*?\bfrom\s*)['"]([^'"]+)['"]/gm)];
  // Code that is generated stands in templates.
  const calls = [
    ...code.replace(/`[^`]*`/g, '').matchAll(/(?<!['"`\w])(?:import|require)\(\s*['"]([^'"$]+)['"]\s*\)/g),
  ];
  return [...statements, ...calls].map((match) => match[1] as string);
}

function resolved(source: Source, specifier: string): string {
  return join(dirname(source.file), specifier.replace(/\.js$/, '.ts'));
}

const packages = readdirSync(PACKAGES).filter((name) => existsSync(join(PACKAGES, name, 'src')));
const all = packages.flatMap((name) => sourcesOf(join(PACKAGES, name, 'src')));
const name = (file: string): string => relative(PACKAGES, file);

function folderOf(path: string): string {
  return path.split('/')[0] as string;
}

function layerOf(path: string): number {
  return LAYERS.findIndex((layer) => layer.includes(folderOf(path)));
}

describe('the architecture', () => {
  it('finds sources and imports at all', () => {
    expect(all.length).toBeGreaterThan(50);
    expect(all.flatMap(({ imports }) => imports).length).toBeGreaterThan(100);
  });

  it('resolves every relative import to a file', () => {
    const missing = all.flatMap((source) =>
      source.imports
        .filter((specifier) => specifier.startsWith('.') && !existsSync(resolved(source, specifier)))
        .map((specifier) => `${name(source.file)} → ${specifier}`),
    );
    expect(missing).toEqual([]);
  });

  it('lets each package import only what the map says', () => {
    const strangers = all.flatMap((source) => {
      const allowed = ALLOWED[name(source.file).split('/')[0] as string] ?? [];
      if (allowed.includes('*')) return [];
      return source.imports
        .filter(
          (specifier) =>
            !specifier.startsWith('.') &&
            !specifier.startsWith('node:') &&
            !allowed.some((one) => specifier === one || specifier.startsWith(`${one}/`)),
        )
        .map((specifier) => `${name(source.file)} → ${specifier}`);
    });
    expect(strangers).toEqual([]);
  });

  it('lets no import leave its package by a path', () => {
    const leaving = all.flatMap((source) =>
      source.imports
        .filter(
          (specifier) =>
            specifier.startsWith('.') &&
            name(resolved(source, specifier)).split('/')[0] !== name(source.file).split('/')[0],
        )
        .map((specifier) => `${name(source.file)} → ${specifier}`),
    );
    expect(leaving).toEqual([]);
  });

  it('reads a layer for each folder of the runtime, and for no other, from ARCHITECTURE.md', () => {
    const root = join(PACKAGES, 'runtime', 'src');
    const folders = readdirSync(root).filter((entry) => statSync(join(root, entry)).isDirectory());
    expect([...LAYERS.flat()].sort()).toEqual(folders.sort());
  });

  it('has no source outside the folders of the runtime except the files that the package exports', () => {
    const root = join(PACKAGES, 'runtime', 'src');
    const { exports } = JSON.parse(readFileSync(join(PACKAGES, 'runtime', 'package.json'), 'utf8')) as {
      readonly exports: Readonly<Record<string, unknown>>;
    };
    const exported = Object.keys(exports).map((path) => `${path === '.' ? 'index' : path.slice(2)}.ts`);
    expect(readdirSync(root).filter((entry) => entry.endsWith('.ts'))).toEqual(exported.sort());
  });

  it('lets a folder of the runtime import only from itself and from layers below', () => {
    const root = join(PACKAGES, 'runtime', 'src');
    const wrong = sourcesOf(root).flatMap((source) => {
      const from = relative(root, source.file);
      if (!from.includes('/')) return [];
      return source.imports
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => relative(root, resolved(source, specifier)))
        .filter((to) => folderOf(to) !== folderOf(from) && layerOf(to) <= layerOf(from))
        .map((to) => `${from} → ${to}`);
    });
    expect(wrong).toEqual([]);
  });

  it.each(STRANGERS)('keeps folders of %s from seeing each other: %s', (packageName, folders) => {
    const root = join(PACKAGES, packageName, 'src');
    const wrong = folders.flatMap((folder) =>
      sourcesOf(join(root, folder)).flatMap((source) =>
        source.imports
          .filter((specifier) => specifier.startsWith('.'))
          .map((specifier) => relative(root, resolved(source, specifier)))
          .filter((to) => folders.includes(folderOf(to)) && folderOf(to) !== folder)
          .map((to) => `${relative(root, source.file)} → ${to}`),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it('imports node:fs in the file-system folder of the runtime only', () => {
    const root = join(PACKAGES, 'runtime', 'src');
    const users = sourcesOf(root).filter(({ imports }) =>
      imports.some((specifier) => /^node:fs(\/|$)/.test(specifier)),
    );
    expect(users.map(({ file }) => relative(root, file)).filter((file) => !file.startsWith('file-system/'))).toEqual(
      [],
    );
  });

  it('has no import cycle, type imports included', () => {
    const imports = new Map(
      all.map((source) => [
        source.file,
        source.imports.filter((one) => one.startsWith('.')).map((one) => resolved(source, one)),
      ]),
    );
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].map(name).join(' → '));
      if (path.includes(file) || done.has(file)) return;
      for (const next of imports.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of imports.keys()) visit(file, []);
    expect(cycles).toEqual([]);
  });
});
