/** Flags that many verbs have: one wording each. A flag of one verb stands beside its run. */

/** As `Command.option` takes it. */
export type Flag = readonly [flags: string, description: string];

export const JSON_FLAG: Flag = ['--json', 'print the result as JSON'];
export const CONFIG_FLAG: Flag = ['--config <file>', 'configuration file (default: nuthatch.config.ts, .js or .json)'];
export const KEY_FILE_FLAG: Flag = [
  '--key-file <file>',
  'key of an encrypted database: 32 bytes, or 64 hexadecimal digits',
];
/** How new files are stored: of the verbs that write a database. */
export const STORAGE_FLAGS: readonly [Flag, Flag] = [
  ['--key-id <id>', 'with --key-file: name of the key that new files get'],
  ['--compressed', 'store new files compressed'],
];
export const PROGRESS_FLAG: Flag = ['--progress', 'show progress on standard error, also without a terminal'];
export const RENAME_FLAG: Flag = ['--rename <old:new>', 'a renamed field, or Class.old:new; repeatable'];
