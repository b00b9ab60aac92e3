/** What a driver says of a failure, for a message of ours: one line. Stacks and paths below it stay in the cause. */
export function driverText(error: unknown): string {
  const { message, name } = Object(error) as { readonly message?: unknown; readonly name?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : String(name ?? error);
  const [line = ''] = text.split(/[\r\n]/).filter((each) => each.trim() !== '');
  // What `util.inspect` began and ends on a later line.
  return line.replace(/\s*\{$/, '').trim();
}
