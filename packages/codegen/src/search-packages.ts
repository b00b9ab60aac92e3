/**
 * The packages that classes with `@Search` need: `@nuthatch/search`, which their generated code imports, and for a language the
 * libraries with its rules, without which an opening fails.
 */
import { LANGUAGE_PACKAGES } from '@nuthatch/model';
import type { Diagnostics } from './diagnostic.js';
import type { DocumentSource } from './document-source.js';
import { isInstalled, SEARCH_PACKAGE } from './read/package-dependency.js';

/**
 * Those that the project does not have. Libraries of languages count also where they are installed and not named: a
 * monorepo names them further up.
 *
 * @param dependencies what the nearest `package.json` of the generated code names. @param output the folder of that code.
 * @param isGiven what the options say of `@nuthatch/search`.
 */
export function missingSearchPackages(
  dependencies: ReadonlySet<string>,
  output: string,
  isGiven: boolean | undefined,
): readonly string[] {
  const hasSearch = isGiven ?? dependencies.has(SEARCH_PACKAGE);
  const languages = LANGUAGE_PACKAGES.filter((name) => !dependencies.has(name) && !isInstalled(name, output));
  return hasSearch ? languages : [SEARCH_PACKAGE, ...languages];
}

export function checkSearchPackages(
  sources: readonly DocumentSource[],
  missing: readonly string[],
  diagnostics: Diagnostics,
): void {
  if (missing.length === 0) return;
  for (const source of sources) {
    const { name, search = [] } = source.model;
    const [first] = search;
    if (first === undefined) continue;
    const searched = search.find(({ language }) => language !== undefined);
    const needed = searched === undefined ? missing.filter((each) => each === SEARCH_PACKAGE) : missing;
    if (needed.length === 0) continue;
    const { field, language } = searched ?? first;
    const position = source.fieldPositions.get(field) ?? source.position;
    const has = language === undefined ? '@Search' : `@Search with the language ${language}`;
    const message = `${name}.${field} has ${has}, and the project does not depend on ${needed.join(' and ')}`;
    diagnostics.add(
      'MISSING_PACKAGE',
      position,
      message,
      `install it with npm i ${needed.join(' ')}, and generate again.`,
    );
  }
}
