/**
 * Text that came from documents, file names or errors, made harmless for a terminal: what would move its cursor, colour
 * it, retitle it or turn its writing direction is shown as an escape (`\u001b`) instead of obeyed.
 */

/** C0 and C1 controls, DEL, line and paragraph separators, the marks that turn the direction of writing, byte order mark. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\ufeff]/gu;

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** On one line: line ends and tabs are shown, too. O(length). */
export function visibleLine(text: string): string {
  return text.replace(CONTROLS, (control) => NAMED[control] ?? escapeOf(control));
}

/** With its lines and tabs as they are. JSON stays the same JSON: such characters stand only inside its texts. O(length). */
export function visibleText(text: string): string {
  return text.replace(CONTROLS, (control) => (control === '\n' || control === '\t' ? control : escapeOf(control)));
}

function escapeOf(control: string): string {
  return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
