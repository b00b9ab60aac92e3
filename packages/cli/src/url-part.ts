import type { DatabaseError } from '@nuthatch/model/errors';

/** A part of a URL without its escapes. @throws what `refused` makes: the platform's own error would show the URL. */
export function decodedPart(text: string, refused: () => DatabaseError): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refused();
  }
}
