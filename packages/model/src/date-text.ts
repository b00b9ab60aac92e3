/**
 * Texts of dates that mean one time only: ISO 8601, as databases write it, and the date of HTTP. Without a zone it is UTC.
 *
 * `12/05/2026` is May in one country and December in another, and JavaScript takes it for its own zone: such a text is no
 * date here.
 */

const ISO =
  /^([+-]\d{6}|\d{4})-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?)?\s*(Z|UTC|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?$/i;
const HTTP = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/** The time of a text, to the millisecond; undefined for what is no such text, and for 30 February. */
export function dateOfText(text: string): Date | undefined {
  if (!HTTP.test(text)) return dateOfIsoText(text);
  const date = new Date(text);
  // JavaScript takes 30 February for 2 March.
  return date.toUTCString().slice(5) === text.slice(5) ? date : undefined;
}

/** As `dateOfText`, of ISO 8601 alone: the form of dates in JSON. */
export function dateOfIsoText(text: string): Date | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, year, month, day = '1', hour = '0', minute = '0', second = '0', fraction = ''] = match;
  const [months, days, hours, minutes] = [Number(month), Number(day), Number(hour), Number(minute)];
  const seconds = Number(second);
  if (hours > 24 || minutes > 59 || seconds > 59 || (hours === 24 && minutes + seconds > 0)) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), months - 1, days);
  if (date.getUTCMonth() !== months - 1 || date.getUTCDate() !== days) return undefined;
  date.setUTCHours(hours, minutes, seconds, Number(fraction.padEnd(3, '0').slice(0, 3)));
  const time = date.getTime() - offsetMs(match[8]);
  return Number.isNaN(new Date(time).getTime()) ? undefined : new Date(time);
}

/** Zones before about 1930 have seconds: Amsterdam was 19 minutes and 32 seconds ahead. */
function offsetMs(zone: string | undefined): number {
  const [, sign, hours, minutes = '0', seconds = '0'] = /^([+-])(\d\d):?(\d\d)?:?(\d\d)?$/.exec(zone ?? '') ?? [];
  if (sign === undefined) return 0;
  const ms = (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
  return sign === '-' ? -ms : ms;
}
