/** The types that are being read just now: meeting one of them again means that it contains itself. */
import type { ts } from 'ts-morph';

export class OpenTypes {
  readonly #open: { readonly declaration: ts.Declaration; readonly args: string }[] = [];

  /** Whether this very type is being read; the same one with other type arguments is another. O(depth). */
  has(declaration: ts.Declaration, args: readonly ts.TypeNode[]): boolean {
    const text = textOf(args);
    return this.#open.some((open) => open.declaration === declaration && open.args === text);
  }

  /** Reads what the declaration holds, with it open. */
  within<T>(declaration: ts.Declaration, args: readonly ts.TypeNode[], read: () => T): T {
    this.#open.push({ declaration, args: textOf(args) });
    const result = read();
    this.#open.pop();
    return result;
  }
}

function textOf(args: readonly ts.TypeNode[]): string {
  return args.map((argument) => argument.getText()).join();
}
