/** Classes whose source says less than the running program knows: the generator and the metadata must agree on them. */
import { Document, defineDocument, Expires, field, Id, Index, Range, Tag } from '@nuthatch/decorators';
import {
  Allow,
  IsEmail,
  IsEnum,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUrl,
  IsUUID,
  Length,
  Matches,
  Max,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';

const LIMIT = 60;
const KINDS = ['a', 'b'] as const;

enum Kind {
  A = 'a',
}

/** A decorator of the user's own that puts others together. */
function Title(): PropertyDecorator {
  return (target, name) => {
    IsString()(target, name as string);
    Length(1, 50)(target, name as string);
  };
}

export class Part {
  @Min(1) count!: number;
}

abstract class Base {
  @IsOptional() @Matches(/^[a-z]+$/i, { message: '$property is not a word' }) word?: string;
  @Range() @Max(LIMIT) limited!: number;
  @IsString() again?: string;
  @IsString() @Length(1, 9) @IsOptional() other!: string;
  @IsInt() inherited!: number;
}

abstract class Middle extends Base {
  @Min(3) declare inherited: number;
}

@Index(['kind', 'limited'])
@Document({ minReader: 2, sync: 'checkOut' })
export class Tricky extends Middle {
  @IsOptional() declare again?: string;
  @Length(2, 5) declare other: string;
  @IsUrl({ require_tld: false }) site: string = 'http://a';
  @Id() @IsUUID('7') readonly id!: string;
  @Max(LIMIT * 2) @Min(0) computed!: number;
  @Max(Number.POSITIVE_INFINITY) infinite!: number;
  @Title() title!: string;
  @IsEmail({ allow_display_name: true }, { groups: ['strict'] }) grouped!: string;
  @ValidateIf((tricky: Tricky) => tricky.computed > 1) @IsEmail() conditional!: string;
  @IsEnum(Kind) kind!: Kind;
  @Tag() @IsIn([...KINDS]) spread!: string;
  @IsIn(['x', 'y'], { each: true }) each: string[] = [];
  @ValidateNested() part!: Part;
  @Min(1, { message: () => 'too low' }) low!: number;
  @Allow() @IsInt() plain!: number;
  @Expires() endsAt?: Date;
}

export const Defined = defineDocument(
  'Defined',
  {
    id: field.number().id({ generate: 'sequence' }),
    email: field.string().unique({ caseInsensitive: true }).rule('isEmail'),
    code: field.string().rule('matches', /^[a-z]+$/i),
    nick: field
      .string()
      .optional()
      .unique({ where: (defined: { nick?: string }) => defined.nick !== undefined }),
    tags: field.array(field.string()).tag().default(['new']),
    scores: field.map(field.string(), field.bigint()).default(new Map()),
    home: field
      .object({ street: field.string().rule('minLength', 2), zip: field.string().optional() })
      .nullable()
      .default(null),
    settings: field.object({ dark: field.boolean() }).default({ dark: true }),
    income: field.variants('kind', { sponsor: { name: field.string() }, none: {} }).default({ kind: 'none' }),
    rating: field.union(field.number(), field.string()).default('unrated'),
    level: field.literal('amateur', 'professional').default('amateur').range(),
    balance: field.bigint().default(5n).range(),
    made: field.date().defaultNow(),
    endsAt: field.date().optional().expires(),
    founded: field.date().default(new Date(0)),
    extra: field.json().default({ a: [1, null] }),
    counts: field.record(field.number()).default({}),
    place: field.tuple(field.number(), field.string().nullable()).default([1, null]),
    crest: field.bytes().default(new Uint8Array()),
  },
  {
    collection: 'definitions',
    storage: 'memory',
    minReader: 1,
    sync: 'lastWrite',
    indexes: [{ unique: ['email', 'level'] }, { range: ['level', 'balance'] }],
  },
);
