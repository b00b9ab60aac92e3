/** The types that are being read just now: meeting one of them again means that it contains itself. */
import type { ts } from 'ts-morph';
import { expandedText, type TypeScope } from './type-scope.js';

/** More types within types than anybody writes: `type Grow<T> = { more: Grow<T[]> }` has no end. */
const MOST_OPEN = 60;

export interface OpenType {
  readonly declaration: ts.Declaration;
  readonly args: string;
  /** Under which it is referred to. */
  readonly name: string;
  /** It was met inside itself. */
  isRecursive: boolean;
}

export class OpenTypes {
  readonly #open: OpenType[] = [];
  /** Names given, by declaration and arguments. */
  readonly #names = new Map<ts.Declaration, Map<string, string>>();
  readonly #taken = new Set<string>();

  /** There are too many: the types have no end. */
  get isFull(): boolean {
    return this.#open.length >= MOST_OPEN;
  }

  /** This very type, when it is being read; the same one with other type arguments is another. O(depth). */
  find(declaration: ts.Declaration, args: readonly ts.TypeNode[], scope: TypeScope): OpenType | undefined {
    if (!this.#open.some((open) => open.declaration === declaration)) return undefined;
    const text = textOf(args, scope);
    return this.#open.find((open) => open.declaration === declaration && open.args === text);
  }

  /** Reads what the declaration holds, with it open. */
  within<T>(
    declaration: ts.Declaration,
    args: readonly ts.TypeNode[],
    scope: TypeScope,
    name: string,
    read: (open: OpenType) => T,
  ): T {
    const text = textOf(args, scope);
    const open: OpenType = { declaration, args: text, name: this.#nameOf(declaration, text, name), isRecursive: false };
    this.#open.push(open);
    const result = read(open);
    this.#open.pop();
    return result;
  }

  #nameOf(declaration: ts.Declaration, args: string, wanted: string): string {
    let names = this.#names.get(declaration);
    if (!names) this.#names.set(declaration, (names = new Map()));
    let name = names.get(args);
    if (name === undefined) {
      name = wanted;
      for (let number = 2; this.#taken.has(name); number++) name = `${wanted}${number}`;
      this.#taken.add(name);
      names.set(args, name);
    }
    return name;
  }
}

function textOf(args: readonly ts.TypeNode[], scope: TypeScope): string {
  return args.map((argument) => expandedText(argument, scope)).join();
}
