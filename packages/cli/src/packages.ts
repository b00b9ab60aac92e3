/**
 * The packages behind the verbs, loaded by the run that needs them: `nuthatch --help` needs none. By `require`, since an
 * `import()` of a CommonJS package first reads all its sources for the names they export.
 */
export function codegen(): typeof import('@nuthatch/codegen') {
  return require('@nuthatch/codegen');
}

export function copy(): typeof import('@nuthatch/copy') {
  return require('@nuthatch/copy');
}

export function runtime(): typeof import('@nuthatch/runtime') {
  return require('@nuthatch/runtime');
}

export function tools(): typeof import('@nuthatch/runtime/tools') {
  return require('@nuthatch/runtime/tools');
}

export function model(): typeof import('@nuthatch/model') {
  return require('@nuthatch/model');
}

export function errors(): typeof import('@nuthatch/model/errors') {
  return require('@nuthatch/model/errors');
}
