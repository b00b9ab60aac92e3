/** The reference of what the packages export, from their types and comments, as Markdown, by TypeDoc. */
import { join } from 'node:path';
import { Application, Converter } from 'typedoc';

const PACKAGES = [
  ['runtime', ['index', 'testing']],
  ['decorators', ['index']],
  ['sync', ['index']],
  ['copy', ['index']],
  ['nestjs', ['index', 'terminus']],
];

/** @returns {Promise<void>} once the pages are in `out`. */
export async function writeApiReference(root, out, existsSync) {
  const entryPoints = PACKAGES.flatMap(([name, entries]) =>
    entries.map((entry) => join(root, 'packages', name, 'src', `${entry}.ts`)),
  ).filter((path) => existsSync(path));
  const app = await Application.bootstrapWithPlugins({
    entryPoints,
    outputs: [{ name: 'markdown', path: out }],
    tsconfig: join(root, 'docs', 'site', 'tsconfig.json'),
    plugin: ['typedoc-plugin-markdown'],
    readme: 'none',
    name: 'API',
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    disableSources: true,
    // Types are checked by the build, with the compiler of the repository.
    skipErrorChecking: true,
    logLevel: 'Error',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    entryFileName: 'index',
    // A page per entry point: a page per export is a thousand small files.
    outputFileStrategy: 'modules',
    validation: { notExported: false, invalidLink: false },
  });
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const module of project.children ?? [])
      module.name = module.name.replace(/^(\w+)\/src(\/\w+)?$/, '@nuthatch/$1$2');
  });
  const project = await app.convert();
  if (project === undefined) throw new Error('TypeDoc could not read the packages');
  await app.generateOutputs(project);
}
