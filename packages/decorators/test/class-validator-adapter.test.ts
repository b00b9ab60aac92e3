import { declarationOfMetadata, readClassMetadata } from '@nuthatch/model';
import {
  Allow,
  ArrayMaxSize,
  IsArray,
  IsEmail,
  IsEnum,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Matches,
  Max,
  Min,
  registerDecorator,
  ValidateIf,
  ValidateNested,
  type ValidationOptions,
} from 'class-validator';
import { Document, Id } from '../src/index.js';

class Address {
  @Length(3, 40) street!: string;
  @ValidateNested() inner?: Address;
}

abstract class Named {
  @IsString() @Length(2, 80) name!: string;
}

@Document()
class Compiled extends Named {
  @Id() @IsUUID('7') id!: string;
  @IsEmail() email!: string;
  @IsInt() @Min(0) @Max(120, { message: '$property is too high' }) age!: number;
  @IsOptional() @Matches(/^[a-z]+$/i) nick?: string;
  @IsArray() @ArrayMaxSize(3) @IsString({ each: true }) tags!: string[];
  @IsNumber() @Allow() plain!: number;
}

function IsEven(options?: ValidationOptions): PropertyDecorator {
  return (target, propertyName) =>
    registerDecorator({
      name: 'isEven',
      target: target.constructor,
      propertyName: propertyName as string,
      options: { message: '$property must be even', ...options },
      validator: {
        validate: (value) => {
          if (value === 13) throw new TypeError('13 is unlucky');
          return typeof value === 'number' && value % 2 === 0;
        },
      },
    });
}

@Document()
class Opaque {
  @Id() id!: string;
  @ValidateNested() address!: Address;
  @ValidateNested({ each: true }) more: Address[] = [];
  @IsEmail({}, { groups: ['strict'] }) email!: string;
  @ValidateIf((document: Opaque) => document.isChecked) @IsEnum({ A: 'a' }) kind!: string;
  isChecked = false;
  @IsEven() @Max(Number.POSITIVE_INFINITY) even!: number;
  @Min(1, { message: () => 'too low' }) low = 1;
}

@Document()
class Bare {
  @Id() id!: string;
}

function opaque(more: Partial<Opaque> = {}): Opaque {
  return Object.assign(new Opaque(), {
    id: 'a',
    address: Object.assign(new Address(), { street: 'Long street' }),
    email: 'a@b.io',
    even: 2,
    kind: 'a',
    ...more,
  });
}

function address(street: string, inner?: Address): Address {
  return Object.assign(new Address(), {
    street,
    inner: inner ?? Object.assign(new Address(), { street: 'fine', inner: undefined }),
  });
}

describe('rules of class-validator', () => {
  it('are read in its own names with plain arguments, inherited ones too', () => {
    const { rules } = declarationOfMetadata(readClassMetadata(Compiled)!);
    expect(Object.fromEntries(rules.map(({ field, rules: list }) => [field, list]))).toEqual({
      id: [{ name: 'isUuid', args: ['7'] }],
      email: [{ name: 'isEmail', args: [] }],
      age: [
        { name: 'isInt', args: [] },
        { name: 'max', args: [120], message: '$property is too high' },
        { name: 'min', args: [0] },
      ],
      nick: [
        { name: 'isOptional', args: [] },
        { name: 'matches', args: [{ regExp: '^[a-z]+$', flags: 'i' }] },
      ],
      tags: [
        { name: 'arrayMaxSize', args: [3] },
        { name: 'isArray', args: [] },
        { name: 'isString', args: [], each: true },
      ],
      plain: [{ name: 'isNumber', args: [] }],
      name: [
        { name: 'isLength', args: [2, 80] },
        { name: 'isString', args: [] },
      ],
    });
  });

  it('that are all plain need no run of class-validator', () => {
    expect(readClassMetadata(Compiled)!.hasOpaqueRules).toBe(false);
    expect(readClassMetadata(Compiled)!.validate).toBeDefined();
  });

  it('with groups, conditions, functions, nesting or of the user are left to class-validator', () => {
    const metadata = readClassMetadata(Opaque)!;
    expect(metadata.hasOpaqueRules).toBe(true);
    expect(metadata.rules).toEqual({});
  });

  it('are not there for a class without any', () => {
    const metadata = readClassMetadata(Bare)!;
    expect([metadata.rules, metadata.hasOpaqueRules, metadata.validate]).toEqual([{}, false, undefined]);
  });
});

describe('validation by class-validator', () => {
  const validate = (document: object) => readClassMetadata(Opaque)!.validate!(document);

  it('finds nothing wrong with a good document', () => {
    expect(validate(opaque({ address: address('Long street') }))).toEqual([]);
  });

  it('names nested fields and elements by path', () => {
    const wrong = address('x');
    const violations = validate(
      opaque({ address: address('Long street', address('y')), more: [address('fine'), wrong], even: 3 }),
    );
    expect(violations.map(({ path, rule }) => [path, rule])).toEqual(
      [
        ['address.inner.street', 'isLength'],
        ['more[1].street', 'isLength'],
        ['even', 'isEven'],
      ].sort((a, b) => violations.findIndex((v) => v.path === a[0]) - violations.findIndex((v) => v.path === b[0])),
    );
    expect(violations.find(({ path }) => path === 'even')!.message).toBe('even must be even');
  });

  it('keeps conditions', () => {
    expect(validate(opaque({ address: address('Long street'), kind: 'b' }))).toEqual([]);
    expect(validate(opaque({ address: address('Long street'), kind: 'b', isChecked: true }))).toMatchObject([
      { path: 'kind', rule: 'isEnum' },
    ]);
  });

  it('works on frozen documents and does not change them', () => {
    const document = Object.freeze(opaque({ address: address('Long street') }));
    expect(validate(document)).toEqual([]);
  });

  it('reports a rule that throws, with its error as the cause', () => {
    expect(() => validate(opaque({ address: address('Long street'), even: 13 }))).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED', cause: expect.any(TypeError) }),
    );
  });
});
