/** Names that generated code already uses for something: a field of such a name gets another variable. */
import type { FieldModel } from '@nuthatch/model';
import { capitalise, isVariableName } from './source-text.js';

const GLOBALS = [
  'Array',
  'BigInt',
  'Date',
  'Map',
  'Number',
  'Object',
  'Parameters',
  'Partial',
  'NonNullable',
  'Omit',
  'Promise',
  'Readonly',
  'Record',
  'RegExp',
  'Set',
  'String',
  'Uint8Array',
  'Float32Array',
];
/** The names that a generated module may import from the runtime. */
export const RUNTIME_NAMES: readonly string[] = [
  'ByteReader',
  'ByteWriter',
  'CollectionDefinition',
  'DocumentModel',
  'Key',
  'KeyLike',
  'LifetimeRepository',
  'LifetimeTransaction',
  'Query',
  'RangeQuery',
  'RelatedReads',
  'ReleasedRepository',
  'ReleasedTransaction',
  'Repository',
  'TagQuery',
  'CombinedConditions',
  'KeyQuery',
  'ValueQuery',
  'TransactionRepository',
  'Violations',
  'broken',
  'checkJson',
  'checkWithin',
  'decodeAnyValue',
  'bufferOver',
  'elementsOf',
  'encodeAnyValue',
  'frozenArray',
  'frozenDate',
  'frozenJson',
  'frozenMap',
  'frozenSet',
  'isNumberName',
  'isBytesValue',
  'isFloatsValue',
  'isDateValue',
  'isMapValue',
  'isPlainRecord',
  'isRecord',
  'isSetValue',
  'literalAt',
  'literalIndex',
  'makeRecord',
  'keyInPath',
  'mismatch',
  'oneMore',
  'ownBuffer',
  'ownBytes',
  'ownFloats',
  'recordEntries',
  'refuseStored',
  'refuseVariant',
  'schemaOf',
  'sealWithin',
  'sealedArray',
  'sealedMap',
  'sealedSet',
  'unknownFieldFinder',
];
/** The names that index.ts also imports and declares. */
const INDEX_NAMES = [
  'Database',
  'DatabaseOptions',
  'NuthatchDatabase',
  'NuthatchReader',
  'NuthatchReplica',
  'Repositories',
  'TransactionRepositories',
  'definitions',
  'migrations',
  'open',
  'openDatabase',
  'openReader',
  'openReplica',
];
/** The names that a generated module declares itself, at its top and inside functions. */
const OWN_NAMES = [
  'Values',
  'model',
  'findUnknownFields',
  'element',
  'entries',
  'index',
  'item',
  'items',
  'key',
  'path',
  'reader',
  'value',
  'values',
  'variant',
  'violations',
  'writer',
  'document',
];
/** Functions of class-validator that rules call. */
const VALIDATOR_NAMES = [
  'arrayUnique',
  'contains',
  'isAlpha',
  'isAlphanumeric',
  'isAscii',
  'isDivisibleBy',
  'isEmail',
  'isHexColor',
  'isIP',
  'isLowercase',
  'isNumber',
  'isURL',
  'isUUID',
  'isUppercase',
  'length',
  'matches',
  'maxLength',
  'minLength',
  'notContains',
];
const TAKEN: ReadonlySet<string> = new Set([...GLOBALS, ...RUNTIME_NAMES, ...OWN_NAMES, ...VALIDATOR_NAMES]);
const TAKEN_BY_MODULES: ReadonlySet<string> = new Set([...TAKEN, ...INDEX_NAMES]);
/** Functions and constants made for parts of a document: `checkGround`, `valuesLegal`. */
const HELPER_NAME = /^(check|decode|encode|seal|values)(?!\p{Ll})|^(level|names|pattern)[^\p{Ll}]|_BIT$/u;

/** One variable per field: its own name, or `itsLength` where `length` would hide what the code around it means. */
export function localNames(fields: readonly Pick<FieldModel, 'name'>[]): readonly string[] {
  const taken = new Set(fields.map((field) => field.name));
  return fields.map(({ name }, index) => {
    if (isVariableName(name) && !TAKEN.has(name) && !HELPER_NAME.test(name)) return name;
    let local = isVariableName(`its${name}`) ? `its${capitalise(name)}` : `field${index}`;
    while (taken.has(local)) local += '_';
    taken.add(local);
    return local;
  });
}

/** True for a class whose import would hide what generated modules mean by the same name. */
export function hidesGeneratedName(className: string): boolean {
  return TAKEN_BY_MODULES.has(className) || HELPER_NAME.test(className);
}
