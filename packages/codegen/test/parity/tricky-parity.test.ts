import { join } from 'node:path';
import { modelOf } from '@nuthatch/decorators';
import {
  canonicalText,
  checkModel,
  type DocumentModel,
  declarationOf,
  declarationOfMetadata,
  furtherValidation,
  hasOpaqueRule,
  readClassMetadata,
} from '@nuthatch/model';
import { validateSync } from 'class-validator';
import { readSources } from '../../src/read/source-reader.js';
import { Defined, Tricky } from './tricky-classes.js';

const { sources, diagnostics } = readSources([join(__dirname, 'tricky-classes.ts')], undefined);

function readModel(name: string): DocumentModel {
  return sources.find(({ model }) => model.name === name)!.model;
}

/** Conditions as text differ: types are gone from the running function. */
function withoutConditions(model: DocumentModel): string {
  return canonicalText({
    ...model,
    indexes: model.indexes.map(({ where, ...index }) => ({ ...index, ...(where && { where: 'condition' }) })),
  });
}

describe('a class whose source says less than the running program knows', () => {
  it('is read without diagnostics', () => {
    expect(diagnostics.list).toEqual([]);
    expect(sources.flatMap(({ model }) => checkModel(model))).toEqual([]);
  });

  it('has the same declaration in the source and at run time', () => {
    const model = readModel('Tricky');
    expect(declarationOfMetadata(readClassMetadata(Tricky)!, model)).toEqual(declarationOf(model));
  });

  it('has it still when a library has filled in the options of a rule', () => {
    const model = readModel('Tricky');
    const tricky = Object.assign(Object.create(Tricky.prototype) as Tricky, { site: 'http://a' });
    validateSync(tricky);
    expect(declarationOfMetadata(readClassMetadata(Tricky)!, model)).toEqual(declarationOf(model));
  });

  it('leaves to class-validator the fields whose rules the source does not show', () => {
    const left = readModel('Tricky')
      .fields.filter(hasOpaqueRule)
      .map(({ name }) => name);
    expect(left).toEqual(['infinite', 'title', 'grouped', 'conditional', 'kind', 'part', 'low']);
  });

  it('has every rule kept, by one or the other', () => {
    const further = furtherValidation(readModel('Tricky'), readClassMetadata(Tricky))!;
    const tricky = Object.assign(Object.create(Tricky.prototype) as Tricky, {
      computed: 500,
      title: '',
      conditional: 'no email',
      kind: 'z',
      spread: 'z',
      part: { count: 1 },
      low: 0,
    });
    const found = further(tricky).map(({ path, rule }) => `${path} ${rule}`);
    expect(found).toEqual(expect.arrayContaining(['title isLength', 'conditional isEmail', 'kind isEnum', 'low min']));
    // Compiled fields are the generated validator's to report.
    expect(found.filter((text) => /^(id|plain|limited|each|word) /.test(text))).toEqual([]);
  });

  it('has the same model when it is made by defineDocument', () => {
    expect(withoutConditions(readModel('Defined'))).toBe(withoutConditions(modelOf(Defined)!));
  });
});
