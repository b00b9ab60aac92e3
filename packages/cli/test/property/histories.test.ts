/**
 * Random histories of a class, with the migrations that the generator writes for them: documents of every version are
 * opened by the last one, each having skipped any number of versions, and no value is lost or mixed up.
 */
import { type DocumentModel, diffModels, type FieldModel, modelFingerprint } from '@nuthatch/model';
import * as runtime from '@nuthatch/runtime';
import { transformSync } from '@swc/core';
import fc from 'fast-check';
import { emitMigration, migrationName } from '../../../codegen/src/emit/migration-emitter.js';
import type { EarlierModels } from '../../../codegen/src/emit/models-emitter.js';
import type { MigrationRecord } from '../../../codegen/src/evolve/migration-record.js';
import { headsNote, nextEarlier, planMigrations } from '../../../codegen/src/evolve/plan-migrations.js';
import { MemoryFileSystem } from '../../../runtime/src/file-system/memory-file-system.js';
import type { Migration } from '../../../runtime/src/migration/migration.js';
import {
  type Fields,
  field,
  modelWith,
  NUMBER,
  openModels,
  STRING,
} from '../../../runtime/test/support/open-models.js';

const HISTORIES = Number(process.env['NUTHATCH_HISTORIES'] ?? 200);

/** A field through all its names. */
interface Trait {
  readonly name: string;
  readonly isText: boolean;
  readonly kind: 'required' | 'optional' | 'default';
  /** Value by the key of a document that was made while the trait was there. */
  readonly values: Map<string, unknown>;
}

type Step =
  | { readonly verb: 'rename' | 'remove' | 'toText'; readonly which: number }
  | { readonly verb: 'add'; readonly kind: Trait['kind'] }
  | { readonly verb: 'turn' };

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ verb: fc.constantFrom('rename', 'toText'), which: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ verb: fc.constant('remove'), which: fc.nat() }) },
    {
      weight: 3,
      arbitrary: fc.record({ verb: fc.constant('add'), kind: fc.constantFrom('optional', 'default', 'required') }),
    },
    { weight: 1, arbitrary: fc.constant({ verb: 'turn' }) },
  ),
  { minLength: 1, maxLength: 7 },
) as fc.Arbitrary<Step[]>;

function modelOf(traits: readonly Trait[]): DocumentModel {
  return modelWith(
    traits.map(({ name, isText, kind }): FieldModel => {
      const json = isText ? '"7"' : '7';
      return field(name, isText ? STRING : NUMBER, {
        optional: kind === 'optional',
        ...(kind === 'default' && { default: { kind: 'literal', json } }),
      });
    }),
  );
}

function run(text: string): object {
  const { code } = transformSync(text, {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  });
  const exports = {};
  new Function('exports', 'require', code)(exports, () => runtime);
  return exports;
}

class History {
  traits: Trait[] = [{ name: 'f0', isText: false, kind: 'required', values: new Map() }];
  model = modelOf(this.traits);
  readonly records: MigrationRecord[] = [];
  readonly migrations: Migration[] = [];
  readonly keys: string[] = [];
  #nameCount = 1;
  #earlier: EarlierModels = {};

  take(step: Step): void {
    const renames: { collection: string; from: string; to: string }[] = [];
    const index = 'which' in step ? step.which % Math.max(1, this.traits.length) : 0;
    const trait = this.traits[index];
    const replace = (change: Partial<Trait>): void => {
      if (trait) this.traits = this.traits.with(index, { ...trait, ...change });
    };
    if (step.verb === 'rename' && trait) {
      const to = `f${this.#nameCount++}`;
      renames.push({ collection: 'player', from: trait.name, to });
      replace({ name: to });
    } else if (step.verb === 'toText' && trait && !trait.isText) {
      const texts = Array.from(
        trait.values,
        ([key, value]) => [key, value === undefined ? undefined : `${value}`] as const,
      );
      replace({ isText: true, values: new Map(texts) });
    } else if (step.verb === 'remove') this.traits = this.traits.filter((_, at) => at !== index);
    else if (step.verb === 'turn') this.traits = [...this.traits].reverse();
    else if (step.verb === 'add') this.#add(step.kind);
    this.#migrate(modelOf(this.traits), renames);
  }

  #add(kind: Trait['kind']): void {
    const older = { required: -1, optional: undefined, default: 7 }[kind];
    const values = new Map(this.keys.map((key) => [key, older]));
    this.traits = [...this.traits, { name: `f${this.#nameCount++}`, isText: false, kind, values }];
  }

  #migrate(after: DocumentModel, renames: Parameters<typeof planMigrations>[2]): void {
    const state = {
      records: this.records,
      oldModels: [this.model],
      oldHeads: headsNote(this.records),
      earlier: this.#earlier,
    };
    const planned = planMigrations(state, [after], renames, migrationName);
    this.#earlier = nextEarlier(state, [after], planned);
    for (const { record, stub } of planned) {
      const changes = diffModels(stub!.before, stub!.after, stub!.renamedFrom);
      const text = emitMigration({ ...stub!, changes }).replace(/requiredValue\('[^']+'\)/g, '-1');
      const ends = { from: modelFingerprint(stub!.before), to: modelFingerprint(stub!.after) };
      this.records.push(record);
      this.migrations.push({ ...record, collections: { player: { ...run(text), ...ends } as never } });
    }
    this.model = after;
    const last = this.migrations.at(-1);
    if (last) this.migrations.splice(-1, 1, { ...last, later: this.#earlier });
  }

  /** A document with values of its own. */
  make(): Fields {
    const id = `p${this.keys.length}`;
    const document: Fields = { id };
    for (const { name, isText, kind, values } of this.traits) {
      const number = this.keys.length * 100 + values.size;
      const isAbsent = kind === 'optional' && number % 3 === 0;
      const value = isAbsent ? undefined : isText ? `${number}` : number;
      document[name] = value;
      values.set(id, value);
    }
    this.keys.push(id);
    return document;
  }

  expected(id: string): Fields {
    return { id, ...Object.fromEntries(this.traits.map(({ name, values }) => [name, values.get(id)])) };
  }
}

describe('a history of a class', () => {
  it(
    'loses no value, whichever versions a database skips, and whether it is migrated on the way or only read',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(steps, fc.boolean()), { minLength: 1, maxLength: 4 }), async (versions) => {
          const history = new History();
          const fileSystem = new MemoryFileSystem();
          const write = async (): Promise<void> => {
            const { model, migrations } = history;
            await using db = await openModels(fileSystem, [model], { migrations: [...migrations] });
            await db['player']!.insert(history.make());
            for (const id of history.keys) expect({ ...db['player']!.require(id) }).toEqual(history.expected(id));
          };
          await write();
          for (const [skipped, isMigrated] of versions) {
            for (const step of skipped) history.take(step);
            await write();
            if (!isMigrated) continue;
            await using db = await openModels(fileSystem, [history.model], { migrations: [...history.migrations] });
            await db.compact();
          }
        }),
        { numRuns: HISTORIES },
      );
    },
    600_000 + HISTORIES * 500,
  );
});
