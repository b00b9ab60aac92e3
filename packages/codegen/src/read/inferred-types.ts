/**
 * Types that are not written, from the type checker. Made at first need: loading the checker and the standard library
 * costs about a second, so that a project whose fields all have written types never pays for it.
 */
import { existsSync } from 'node:fs';
import { ts } from '@ts-morph/common';

const FLAGS = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias;

export class InferredTypes {
  readonly #files: () => readonly string[];
  readonly #tsconfig: string | undefined;
  #program: { readonly program: ts.Program; readonly checker: ts.TypeChecker } | undefined;

  /** @param files the sources to check, asked for when the checker is made. */
  constructor(files: () => readonly string[], tsconfig: string | undefined) {
    this.#files = files;
    this.#tsconfig = tsconfig;
  }

  /** The inputs of the checker's answers, beyond the library of the language; empty when it was not needed. */
  get files(): readonly string[] {
    const all = this.#program?.program.getSourceFiles() ?? [];
    return all.map(({ fileName }) => fileName).filter((file) => existsSync(file));
  }

  /** The member's type as a type node, in the words of its file; `undefined` when the checker knows nothing better than `any`. */
  typeOf(member: ts.PropertyDeclaration | ts.GetAccessorDeclaration): ts.TypeNode | undefined {
    const { fileName } = member.getSourceFile();
    const { program, checker } = this.#load(fileName);
    const file = program.getSourceFile(fileName);
    const twin = file && findAt(file, member.getStart(), member.kind);
    if (!twin) return undefined;
    const text = checker.typeToString(checker.getTypeAtLocation(twin), twin, FLAGS);
    if (text === 'any' || text === 'unknown' || text === 'never') return undefined;
    const parsed = ts.createSourceFile('inferred.ts', `type Inferred = ${text};`, ts.ScriptTarget.ESNext, true);
    const alias = parsed.statements[0];
    return alias && ts.isTypeAliasDeclaration(alias) ? alias.type : undefined;
  }

  /** @param needed a file that is asked about: a base may lie in none of the files that were named. */
  #load(needed: string): { readonly program: ts.Program; readonly checker: ts.TypeChecker } {
    if (!this.#program?.program.getSourceFile(needed)) {
      // Its own code costs as much as fifty classes, and is seldom needed.
      const { Project } = require('ts-morph') as typeof import('ts-morph');
      const project = new Project({
        ...(this.#tsconfig && { tsConfigFilePath: this.#tsconfig }),
        skipAddingFilesFromTsConfig: true,
        compilerOptions: { strict: true, noEmit: true },
      });
      for (const file of new Set([...this.#files(), needed])) project.addSourceFileAtPath(file);
      const program = project.getProgram().compilerObject;
      this.#program = { program, checker: program.getTypeChecker() };
    }
    return this.#program;
  }
}

function findAt(node: ts.Node, start: number, kind: ts.SyntaxKind): ts.Node | undefined {
  if (node.kind === kind && node.getStart() === start) return node;
  return ts.forEachChild(node, (child) =>
    child.pos <= start && start < child.end ? findAt(child, start, kind) : undefined,
  );
}
