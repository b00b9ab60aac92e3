/** What a server says of a refusal: the message of an error, with its code before it and the hint of the code behind it. */
import { DatabaseError, ERROR_CATALOGUE, type ErrorCode } from '@nuthatch/model';

/** The message without its code and hint, which an error made of it has again. */
export function plainText(code: string, message: string): string {
  const what = message.startsWith(`${code}: `) ? message.slice(code.length + 2) : message;
  const hint = isKnown(code) ? ` ${ERROR_CATALOGUE[code].hint}` : '';
  const bare = hint !== '' && what.endsWith(hint) ? what.slice(0, -hint.length) : what;
  return bare.replace(/\.+$/, '');
}

/** An error of the server, thrown here. A code of a newer server, which is not known here, is part of the text. */
export function refusalOf(code: string, message: string): DatabaseError {
  if (isKnown(code)) return new DatabaseError(code, plainText(code, message));
  return new DatabaseError('FORBIDDEN', message === '' ? code : message);
}

function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CATALOGUE, code);
}
