/** `nuthatch copy`: the documents of a directory to an external database. Takes no lock; the directory may be in use. */
import { createWriteStream, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type CopySource, copyTo, csvOf, ddlOf } from '@nuthatch/copy';
import { DatabaseError } from '@nuthatch/model';
import { type CollectionDefinition, readDocuments } from '@nuthatch/runtime';
import { progressPrinter } from '../copy-progress.js';
import { onlyCollection, openTarget, type TargetArguments } from '../external-target.js';
import { loadConfig } from '../load-config.js';
import { loadGenerated } from '../load-generated.js';
import type { Output } from '../output.js';

export interface CopyArguments extends TargetArguments {
  readonly collections?: readonly string[];
  readonly ddl?: boolean;
  readonly dryRun?: boolean;
  readonly replace?: boolean;
  readonly verify: string;
  readonly json?: boolean;
  readonly config?: string;
  readonly generated?: string;
}

export async function runCopy(
  kind: string,
  directory: string,
  options: CopyArguments,
  output: Output,
  root: string,
): Promise<number> {
  const { verify, collections } = options;
  if (verify !== 'checksum' && verify !== 'count' && verify !== 'none')
    throw new DatabaseError('INVALID_OPTION', `--verify is checksum, count or none, not ${verify}`, {
      option: 'verify',
    });
  const source = await directorySource(resolve(root, directory), options, root);
  if (kind === 'csv') return copyToCsv(source, options, output, root);
  const target = await openTarget(kind, options, root);
  try {
    if (options.ddl) {
      for (const statement of ddlOf(source, target.store, { collections })) output.out(`${statement};`);
      return 0;
    }
    const report = await copyTo(source, target.store, {
      collections,
      verify,
      dryRun: options.dryRun,
      existing: options.replace ? 'replace' : 'refuse',
      onProgress: progressPrinter(output, (progress) => (progress as { phase?: string }).phase ?? 'copying'),
    });
    output.rewrite?.('');
    if (options.json) {
      output.out(JSON.stringify({ ...report, seq: String(report.seq) }, undefined, 2));
      return 0;
    }
    for (const { collection, table, count, wasThere, writtenCount, deletedCount, checksum } of report.collections) {
      const done = report.isDryRun
        ? 'would be copied'
        : wasThere
          ? 'was there'
          : `${writtenCount} written, ${deletedCount} deleted`;
      const sum = checksum === undefined ? '' : `, checksum ${checksum}`;
      output.out(`${collection} → ${table}: ${count} documents, ${done}${sum}`);
    }
    const seconds = ((report.copyMs + report.verifyMs) / 1000).toFixed(1);
    output.out(report.isDryRun ? 'Nothing was written.' : `${target.store.name} holds seq ${report.seq}; ${seconds} s`);
    return 0;
  } finally {
    await target.close();
  }
}

/** One collection to a file, or to standard output. */
async function copyToCsv(source: CopySource, options: CopyArguments, output: Output, root: string): Promise<number> {
  const collection = onlyCollection(options.collections);
  const text = csvOf(source, collection);
  if (options.file === undefined) {
    for await (const piece of text) {
      // A line end is what `out` adds.
      output.out(piece.slice(0, -1));
      await output.drained?.();
    }
    return 0;
  }
  const file = resolve(root, options.file);
  if (existsSync(file))
    throw new DatabaseError('INVALID_OPTION', `${file} is there and is not written over`, { option: 'file' });
  // Documents are nobody else's business.
  await pipeline(Readable.from(text), createWriteStream(file, { mode: 0o600, flags: 'wx' }));
  output.out(`${collection} → ${file}`);
  return 0;
}

/**
 * The directory as a source. Classes of the project, when they can be loaded and are of the stored model, give the
 * getters that indexes use; without them those columns stay empty.
 */
async function directorySource(directory: string, options: CopyArguments, root: string): Promise<CopySource> {
  const { historyId, seq, definitions, documents } = await readDocuments({ directory });
  const known = new Map((await classesOf(options, root)).map((definition) => [definition.fingerprint, definition]));
  const chosen = definitions.map((definition) => known.get(definition.fingerprint) ?? definition);
  const prototypes = new Map(
    chosen.map(({ model, documentClass }) => [model.collection, documentClass.prototype as object]),
  );
  return {
    historyId,
    definitions: chosen,
    snapshot: async () => ({
      seq,
      size: (collection) => documents.get(collection)?.length ?? 0,
      *documents(collection) {
        const prototype = prototypes.get(collection) ?? Object.prototype;
        for (const document of documents.get(collection) ?? [])
          yield Object.assign(Object.create(prototype), document) as object;
      },
      close: () => undefined,
    }),
  };
}

async function classesOf(options: CopyArguments, root: string): Promise<readonly CollectionDefinition[]> {
  try {
    const config = await loadConfig(root, options.config);
    return (await loadGenerated(root, config, options.generated)).definitions;
  } catch (error) {
    // The stored models say enough; but a module that the user named has to be there.
    if (options.generated !== undefined || !DatabaseError.is(error)) throw error;
    return [];
  }
}
