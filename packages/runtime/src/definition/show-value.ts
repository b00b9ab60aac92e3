const MAX_SHOWN = 80;

/** A value as it stands in a message; long ones are cut. Never throws, whatever the value. */
export function showValue(value: unknown): string {
  const text = textOf(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function textOf(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  try {
    const shown = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part));
    return typeof value === 'number' && shown === 'null' ? String(value) : (shown ?? String(value));
  } catch {
    // A circle, or code of the caller's that threw: the error in hand matters more than how its value looks.
    return typeof value === 'function' ? 'a function' : `a value of type ${typeof value}`;
  }
}
