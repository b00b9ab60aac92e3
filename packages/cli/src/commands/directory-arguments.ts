/**
 * Shared by all verbs for a database directory: flags, keys, printing, bytes and places in words. None of them needs
 * the project's code or configuration.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { LostRange } from '@nuthatch/runtime';
import type { StorageOptions } from '@nuthatch/runtime/tools';
import type { Command } from 'commander';
import { refusal } from '../exit-code.js';
import { JSON_FLAG, KEY_FILE_FLAG, STORAGE_FLAGS } from '../flags.js';
import type { Output } from '../output.js';
import type { VerbOptions, VerbRegistry } from '../verb.js';

export interface DirectoryArguments extends VerbOptions {
  readonly keyFile?: string;
  readonly keyId?: string;
  readonly compressed?: boolean;
  /** Of those verbs that tell how far they have come. */
  readonly progress?: boolean;
}

/** A verb that reads a database directory. */
export function directoryVerb({ program }: VerbRegistry, usage: string, description: string): Command {
  return program
    .command(usage)
    .description(description)
    .option(...JSON_FLAG)
    .option(...KEY_FILE_FLAG);
}

/** One that writes a new directory, or new files of one. */
export function writingVerb(registry: VerbRegistry, usage: string, description: string): Command {
  const [keyId, compressed] = STORAGE_FLAGS;
  return directoryVerb(registry, usage, description)
    .option(...keyId)
    .option(...compressed);
}

/**
 * How files are stored and read: the key of `--key-file` (32 bytes, or 64 hexadecimal digits) serves every key id.
 *
 * @throws DatabaseError `INVALID_OPTION`.
 */
export function storageOptions(options: DirectoryArguments, root: string): StorageOptions {
  const pageCodec = options.compressed ? ({ pageCodec: 'compressed' } as const) : {};
  if (options.keyFile === undefined) return pageCodec;
  const key = readKey(resolve(root, options.keyFile));
  const keyId = options.keyId === undefined ? {} : { keyId: options.keyId };
  return { ...pageCodec, encryption: { ...keyId, key: () => key } };
}

function readKey(file: string): Uint8Array {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw refusal('INVALID_OPTION', `the key file ${file} cannot be read`, { option: 'key-file' }, { cause });
  }
  const text = bytes.toString('latin1').trim();
  if (/^[0-9a-f]{64}$/i.test(text)) return new Uint8Array(Buffer.from(text, 'hex'));
  if (bytes.length === 32) return new Uint8Array(bytes);
  const what = `the key file ${file} holds neither 32 bytes nor 64 hexadecimal digits`;
  throw refusal('INVALID_OPTION', what, { option: 'key-file' });
}

/** Prints a result: one JSON object, or the lines that say the same. */
export function print(output: Output, options: DirectoryArguments, result: object, lines: readonly string[]): void {
  if (options.json) output.out(JSON.stringify(result, undefined, 2));
  else for (const line of lines) output.out(line);
}

/** `1 page`, `3 pages`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `512 bytes`, `1.5 MiB`. */
export function bytesText(byteCount: number): string {
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  if (byteCount < 1024) return counted(byteCount, 'byte');
  let value = byteCount / 1024;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${value.toFixed(1)} ${units[unit]}`;
}

/** Where damage is, how much and of what kind; never what stood there. */
export function damageLines(damage: readonly LostRange[]): readonly string[] {
  return damage.map(
    ({ file, offset, byteCount, reason }) => `  ${file} at ${offset}: ${reason} (${bytesText(byteCount)})`,
  );
}

/** The process that has it open, as far as the files show. */
export function stateText(isClosed: boolean): string {
  return isClosed
    ? 'closed properly'
    : 'in use, or not closed properly: this is what had been written when it was read';
}

export function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** Counts without the documents of encrypted frames must not pass for all there is. */
export function undecodedLines(frameCount: number): readonly string[] {
  if (frameCount === 0) return [];
  const are = frameCount === 1 ? 'was' : 'were';
  return [
    `${counted(frameCount, 'encrypted frame')} ${are} not read, so their documents are not counted: give --key-file`,
  ];
}
