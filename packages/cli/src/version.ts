import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The version in this package's own package.json. */
export const VERSION: string = (
  JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')) as { readonly version: string }
).version;
