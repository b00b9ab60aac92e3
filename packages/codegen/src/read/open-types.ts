/** The types that are being read just now: meeting one of them again means that it contains itself. */
import type { ts } from '@ts-morph/common';
import { expandedText, type TypeScope } from './type-scope.js';

/** More types within types than anybody writes: `type Grow<T> = { more: Grow<T[]> }` has no end. */
const MAX_OPEN = 60;

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

  /** There are too many: the types have no end. */
  get isFull(): boolean {
    return this.#open.length >= MAX_OPEN;
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
    const open: OpenType = { declaration, args: text, name: this.#nameOf(name), isRecursive: false };
    this.#open.push(open);
    const result = read(open);
    this.#open.pop();
    return result;
  }

  /** Its own, but for types around it of that name: what is beside it, in this class or another version of it, is no matter. */
  #nameOf(wanted: string): string {
    let name = wanted;
    for (let number = 2; this.#open.some((open) => open.name === name); number++) name = `${wanted}${number}`;
    return name;
  }
}

function textOf(args: readonly ts.TypeNode[], scope: TypeScope): string {
  return args.map((argument) => expandedText(argument, scope)).join();
}
