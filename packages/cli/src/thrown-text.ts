/** What was thrown by code of others, in words: anything can be thrown, also what throws when it is looked at. */

/** The message of an error, or the value as text. Never throws. */
export function thrownText(thrown: unknown): string {
  return safely(() => {
    const message = (thrown as { readonly message?: unknown } | null | undefined)?.message;
    return typeof message === 'string' ? message : String(thrown);
  });
}

/** The stack of an error, or what `thrownText` says. Never throws. */
export function thrownStack(thrown: unknown): string {
  return safely(() => {
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    return typeof stack === 'string' ? stack : thrownText(thrown);
  });
}

function safely(text: () => string): string {
  try {
    return text();
  } catch {
    return 'a value that cannot be shown';
  }
}
