const MAX_NAME = 80;

/**
 * The name of an object's class for a message; undefined when it has none. Of its prototype, since a `constructor` of its
 * own is a field that anyone can send as JSON. Never throws, whatever the object.
 */
export function classNameOf(value: object): string | undefined {
  try {
    const prototype = Object.getPrototypeOf(value) as { readonly constructor?: { readonly name?: unknown } };
    const name = prototype.constructor?.name;
    return typeof name === 'string' && name !== '' && name.length <= MAX_NAME ? name : undefined;
  } catch {
    return undefined; // No prototype, or a proxy or getter that threw: the message does without.
  }
}
