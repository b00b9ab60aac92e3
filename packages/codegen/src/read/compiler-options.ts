/** The options of a tsconfig as the compiler reads them: comments, `extends`, and the projects that it only refers to. */
import { dirname } from 'node:path';
import { ts } from '@ts-morph/common';

/** Options, bases included; an unreadable file is left out; the compiler reports it in the build. */
export function readCompilerOptions(tsconfig: string): ts.CompilerOptions {
  const { config } = ts.readConfigFile(tsconfig, ts.sys.readFile);
  const { options, projectReferences } = parse(config, tsconfig, () => []);
  const isOnlyReferences = Array.isArray(config?.files) && config.files.length === 0 && !config.include;
  if (!isOnlyReferences) return options;
  // `{ "files": [], "references": [...] }`: what the projects say together; the first one wins.
  const paths = (projectReferences ?? []).map(ts.resolveProjectReferencePath).filter(ts.sys.fileExists);
  return Object.assign({}, ...paths.reverse().map(readCompilerOptions), options) as ts.CompilerOptions;
}

/** Of the compiler: no files were found, an empty list of files. Files are not looked for here. */
const ABOUT_FILES = [18_002, 18_003];

/** Why the compiler cannot read a tsconfig, a file that it extends, or a setting in it; undefined: it can. */
export function problemOfTsconfig(tsconfig: string): string | undefined {
  const { config, error } = ts.readConfigFile(tsconfig, ts.sys.readFile);
  const others = parse(config, tsconfig, () => []).errors.filter(({ code }) => !ABOUT_FILES.includes(code));
  const [first] = error === undefined ? others : [error];
  return first && ts.flattenDiagnosticMessageText(first.messageText, ' ').replace(/\.$/, '');
}

/** Every file that the tsconfig takes in, absolute. Walks folders: asked for only where a name is found nowhere else. */
export function projectFiles(tsconfig: string): readonly string[] {
  const { config } = ts.readConfigFile(tsconfig, ts.sys.readFile);
  return parse(config, tsconfig, ts.sys.readDirectory).fileNames;
}

/** The tsconfig and all that it extends or refers to, absolute: what its options depend on. */
export function configFiles(tsconfig: string): readonly string[] {
  const found = new Set<string>();
  const host = { ...ts.sys, useCaseSensitiveFileNames: true, readFile: (path: string) => note(path) };
  const note = (path: string): string | undefined => {
    found.add(path);
    return ts.sys.readFile(path);
  };
  const { config } = ts.readConfigFile(tsconfig, note);
  const { projectReferences } = ts.parseJsonConfigFileContent(
    config ?? {},
    { ...host, readDirectory: () => [] },
    dirname(tsconfig),
    undefined,
    tsconfig,
  );
  for (const reference of projectReferences ?? []) found.add(ts.resolveProjectReferencePath(reference));
  return [...found].filter((path) => ts.sys.fileExists(path));
}

function parse(config: unknown, tsconfig: string, readDirectory: typeof ts.sys.readDirectory): ts.ParsedCommandLine {
  const host = { ...ts.sys, readDirectory };
  return ts.parseJsonConfigFileContent(config ?? {}, host, dirname(tsconfig), undefined, tsconfig);
}
