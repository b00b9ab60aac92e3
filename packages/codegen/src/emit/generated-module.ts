/**
 * The parts of one generated module: the imports that its parts ask for and the helper functions they need. Emitters
 * add to it while they write their own text.
 */
import { RUNTIME_NAMES } from './local-names.js';
import { capitalise } from './source-text.js';

export class GeneratedModule {
  /** Names imported from the runtime; types marked `type`. */
  readonly runtimeNames = new Set<string>();
  /** Names imported from class-validator. */
  readonly validatorNames = new Set<string>();
  /** Types imported from modules of other classes, by the path. */
  readonly otherTypes = new Map<string, Set<string>>();
  /** Nested classes to import, by class name. */
  readonly nestedClasses = new Set<string>();
  /** Nested classes with type parameters. */
  readonly genericClasses = new Set<string>();
  /** Types of what is given for recursive classes, by the class. */
  readonly givenTypes = new Map<string, string>();
  /** Fields whose texts are read by another method of the reader than `string`, by name. */
  readonly textReaders = new Map<string, 'keyText' | 'sharedText'>();
  /** Helper functions and constants, in order of need. */
  readonly helpers: string[] = [];
  /** `values` is a variable of every function; a field called `json` has a check of another name than `checkJson`. */
  readonly #taken = new Set<string>(['values', ...RUNTIME_NAMES]);

  /** Helpers of recursive types, by what they do and the type: the type inside itself is done by the same one. */
  readonly #ofRecursive = new Map<string, Map<object, string>>();

  /**
   * The helper of a recursive type; made at its first need.
   *
   * @param emit gets the name, and may meet the type again.
   */
  recursiveHelper(verb: string, type: { readonly name: string }, emit: (name: string) => string): string {
    let known = this.#ofRecursive.get(verb);
    if (!known) this.#ofRecursive.set(verb, (known = new Map()));
    const existing = known.get(type);
    if (existing !== undefined) return existing;
    const name = this.uniqueName(verb, [type.name]);
    known.set(type, name);
    const text = emit(name);
    this.helpers.push(text);
    return name;
  }

  runtime(...names: readonly string[]): void {
    for (const name of names) this.runtimeNames.add(name);
  }

  importType(from: string, name: string): void {
    const names = this.otherTypes.get(from) ?? new Set<string>();
    this.otherTypes.set(from, names.add(`type ${name}`));
  }

  /** A function name of this module that nobody has: `encodeGround`, then `encodeGround2`. */
  uniqueName(verb: string, path: readonly string[]): string {
    const base = verb + path.map((step) => capitalise(step.replace(/[^\p{ID_Continue}$]/gu, ''))).join('');
    let name = base;
    for (let n = 2; this.#taken.has(name); n++) name = `${base}${n}`;
    this.#taken.add(name);
    return name;
  }

  reserve(name: string): void {
    this.#taken.add(name);
  }
}
