/** A value as it stands in a message; long ones are cut. */
export function showValue(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  const text =
    JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part)) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
