/** Names of a table's class, its collection and its fields that the generator takes. */
import { collectionNameOf, DATABASE_MEMBERS, isDangerousName } from '@nuthatch/model';

/** Names that the class's own file uses, or that would hide what every file uses. */
const USED = new Set(
  'Document Id Index Tag Range Expires Date Uint8Array Buffer Array Map Set Object Function Promise Symbol Error String Number Boolean BigInt Record Partial'.split(
    ' ',
  ),
);

/** As of a file in any file system. */
const COLLECTION_NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const DEVICE_NAME = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])$/i;

/** `game_players` → `GamePlayers`; `1st` → `Table1st`; `document` → `DocumentRow`. */
export function classNameOf(table: string): string {
  const name = wordsOf(table).map(capitalised).join('');
  const whole = /^\p{ID_Start}/u.test(name) ? name : `Table${name}`;
  return isClassName(whole) ? whole : `${whole}Row`;
}

/** Whether a class of a model may be called so. */
export function isClassName(name: string): boolean {
  return !isDangerousName(name) && !USED.has(name);
}

/** The name that the decorator must give to the collection; undefined where the class's own name does. */
export function declaredCollectionOf(className: string): string | undefined {
  const own = collectionNameOf(className);
  if (isCollectionName(own)) return undefined;
  const plain = own
    .normalize('NFKD')
    .replace(/\W/g, '')
    .replace(/^[^A-Za-z]+/, '')
    .slice(0, 60);
  return isCollectionName(plain) ? plain : `${plain}Rows`.replace(/^R/, 'r');
}

function isCollectionName(name: string): boolean {
  return COLLECTION_NAME.test(name) && !DEVICE_NAME.test(name) && !DATABASE_MEMBERS.has(name);
}

/** A field for each column, in their order: its own name where that can name a field, and none twice. */
export function fieldNamesOf(columns: readonly string[]): readonly string[] {
  const isFieldName = (name: string): boolean => !isDangerousName(name) && name !== 'then';
  const taken = new Set(columns.filter(isFieldName));
  return columns.map((column) => {
    if (isFieldName(column)) return column;
    const [first = 'column', ...more] = wordsOf(column);
    const name = first + more.map(capitalised).join('');
    const base = /^\p{ID_Start}/u.test(name) ? name : `_${name}`;
    let field = isFieldName(base) ? base : `${base}_`;
    for (let number = 2; taken.has(field); number++) field = `${base}_${number}`;
    taken.add(field);
    return field;
  });
}

function wordsOf(text: string): readonly string[] {
  return text.split(/[^\p{ID_Continue}]+|_+/u).filter((word) => word !== '');
}

function capitalised(word: string): string {
  const [first = '', ...rest] = word;
  return first.toUpperCase() + rest.join('');
}
