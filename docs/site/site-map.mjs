/** What the site holds: each page's path on the site and its file in the repository, in the order of the side bar. */
export const GROUPS = [
  {
    title: 'Start',
    pages: [
      ['index', 'docs/index.md', 'What it is'],
      ['guide/getting-started', 'docs/guide/getting-started.md'],
      ['guide/from-other-libraries', 'docs/guide/from-other-libraries.md'],
      ['comparison', 'docs/comparison.md'],
    ],
  },
  {
    title: 'Guide',
    pages: [
      'modelling',
      'definitions',
      'queries',
      'relations',
      'search',
      'transactions',
      'upsert',
      'changes',
      'indexes',
      'live-indexes',
      'vectors',
      'views',
      'expiry',
      'released',
      'files',
      'durability',
      'snapshots',
      'migrations',
      'testing',
      'schemas',
      'key-value',
      'reflection',
      'limits',
      'memory',
    ].map(guide),
  },
  { title: 'Sync', pages: ['sync', 'sync-server'].map(guide) },
  { title: 'Scale-out', pages: ['scale-out', 'reader-threads'].map(guide) },
  {
    title: 'Integrations',
    pages: [
      ['packages/search', 'packages/search/README.md', 'Text search'],
      ['packages/nestjs', 'packages/nestjs/README.md', 'NestJS'],
      ['packages/observability', 'packages/observability/README.md', 'Prometheus, OpenTelemetry, pino'],
      ['packages/create-nuthatch', 'packages/create-nuthatch/README.md', 'npm create nuthatch'],
      guide('copy'),
      ['reference/sql', 'packages/copy/docs/sql.md'],
      ['reference/cassandra', 'packages/copy/docs/cassandra.md'],
      guide('tools'),
    ],
  },
  {
    title: 'Recipes',
    pages: [['recipes', 'docs/recipes.md', 'Recipes']],
  },
  {
    title: 'Examples',
    pages: [
      example('sessions', 'Sessions'),
      example('issue-tracker', 'Issue tracker'),
      example('sales', 'Views of sales'),
      example('leaderboard', 'Leaderboard'),
      example('leaderboard-cluster', 'Leaderboard on nodes'),
      example('chat', 'Chat rooms'),
      example('fastify-service', 'Fastify'),
      example('nestjs-service', 'NestJS'),
      example('jwt', 'Tokens of replicas'),
      example('job-queue', 'Job queue'),
      example('migration', 'Migration'),
      example('load-table', 'Loading a table'),
      example('nightly-copy', 'Nightly copy'),
      example('inspections', 'Offline inspections'),
      example('text-search', 'Search in texts'),
      example('geographic-grid', 'An index of your own'),
      example('cities', 'Cities'),
    ],
  },
  {
    title: 'Operations',
    pages: [
      ['operations', 'docs/operations.md', 'Operating it'],
      guide('directories'),
      guide('observability'),
      guide('command'),
      guide('shell'),
    ],
  },
  {
    title: 'Reference',
    pages: [
      ['guarantees', 'docs/guarantees.md', 'Guarantees'],
      ['reference/errors', 'packages/runtime/docs/errors.md', 'Errors'],
      ['reference/options', 'packages/runtime/docs/options.md', 'Options'],
      ['reference/sync-options', 'packages/sync/docs/options.md', 'Options of sync'],
      ['reference/stats', 'packages/runtime/docs/stats.md', 'Figures of a database'],
      ['reference/diagnostics', 'packages/runtime/docs/diagnostics.md', 'Diagnostics channels'],
      ['reference/journal-format', 'packages/runtime/docs/journal-format.md', 'Format on disk'],
      ['reference/search-state', 'packages/search/docs/search-state.md', 'Saved state of a search'],
      ['reference/sync-protocol', 'packages/sync/docs/sync-protocol.md', 'Protocol of sync'],
      ['figures', 'docs/figures.md', 'Figures'],
      ['how-it-works', 'docs/how-it-works.md', 'How it works'],
      ['failures', 'docs/failures.md', 'What broke other stores'],
      ['versioning', 'docs/versioning.md', 'Versions'],
      ['glossary', 'GLOSSARY.md', 'Glossary'],
      ['changelog', 'CHANGELOG.md', 'Changelog'],
    ],
  },
];

function guide(name) {
  return [`guide/${name}`, `docs/guide/${name}.md`];
}

function example(name, title) {
  return [`examples/${name}`, `examples/${name}/README.md`, title];
}
