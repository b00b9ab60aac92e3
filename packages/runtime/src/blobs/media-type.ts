/** What a media type looks like: `image/jpeg`, `text/plain; charset=utf-8`; on one line, fit for a header. */
const LONGEST_MEDIA_TYPE = 255;
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+([ \t]*;[ -~]*)?$/;

export function isMediaType(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_MEDIA_TYPE && MEDIA_TYPE.test(value);
}
