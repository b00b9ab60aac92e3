import { fieldModel } from '../test/player-model.js';
import type { ClassMetadata } from './class-metadata.js';
import { furtherValidation } from './class-rules.js';
import type { Violation } from './violation.js';

const opaque = { name: 'isStrong', args: [], opaque: true } as const;
const compiled = { name: 'isEmail', args: [] };
const email: Violation = { path: 'email', rule: 'isEmail', message: 'email must be an email' };
const strong: Violation = { path: 'password', rule: 'isStrong', message: 'password is weak' };
const nested: Violation = { path: 'address.street', rule: 'minLength', message: 'too short' };

function metadata(more: Partial<ClassMetadata>): ClassMetadata {
  return {
    name: 'A',
    collection: 'a',
    storage: 'disk',
    keyFields: ['id'],
    indexes: [],
    rules: {},
    validate: () => [email, strong, nested],
    ...more,
  };
}

describe('furtherValidation', () => {
  it('is not needed when every rule is compiled', () => {
    expect(
      furtherValidation({ fields: [fieldModel('email', 'string', { rules: [compiled] })] }, metadata({})),
    ).toBeUndefined();
    expect(furtherValidation({ fields: [] }, undefined)).toBeUndefined();
  });

  it('is needed when the generator read a rule as opaque, and says nothing twice', () => {
    const fields = [
      fieldModel('email', 'string', { rules: [compiled] }),
      fieldModel('password', 'string', { rules: [opaque] }),
    ];
    expect(furtherValidation({ fields }, metadata({}))!({})).toEqual([strong, nested]);
    expect(furtherValidation({ fields }, metadata({}))!({}, [nested])).toEqual([strong]);
  });

  it('is needed when only class-validator knows of an opaque rule', () => {
    expect(
      furtherValidation({ fields: [fieldModel('password', 'string')] }, metadata({ hasOpaqueRules: true }))!({}),
    ).toEqual([email, strong, nested]);
  });

  it('has every rule of a field with an opaque one, the known ones too', () => {
    const fields = [fieldModel('email', 'string', { rules: [compiled, opaque] })];
    expect(furtherValidation({ fields }, metadata({}))!({})).toContainEqual(email);
  });
});
