/** Compiles only when legacy decorators refuse fields of the wrong type: every line marked must be an error. */
import { Document as Doc, Document, Expires, Id, Index, type Key, Range, Tag, Vector } from '@nuthatch/decorators';

@Document({ collection: 'fine', storage: 'memory' })
@Index(['org', 'slug'])
@Range(['org', 'size'])
export class Fine {
  @Id() readonly id!: string;
  @Index() slug?: string;
  @Index() org!: string | null;
  @Index() isOpen!: boolean;
  @Range() size!: number;
  @Range() balance!: bigint | null;
  @Range() since?: Date;
  @Expires() endsAt?: Date;
  @Range() kind!: 'a' | 'b';
  @Tag() tags!: readonly string[];
  @Tag() numbers?: Set<number>;
  @Tag() owner!: Key<'Person'>;
  @Range() get length(): number {
    return 1;
  }
}

@Doc()
export class Wrong {
  // @ts-expect-error an id may not be absent
  @Id() id?: string;
  // @ts-expect-error an id is not a list
  @Id() names!: string[];
  // @ts-expect-error an id is not null
  @Id() day!: Date | null;
  // @ts-expect-error a uuid is a string
  @Id({ generate: 'uuidv7' }) uuid!: number;
  // @ts-expect-error a ULID is a string
  @Id({ generate: 'ulid' }) ulid!: number;
  // @ts-expect-error a sequence number is a number
  @Id({ generate: 'sequence' }) number!: string;
  // @ts-expect-error a number is not a time
  @Expires() endsAt!: number;
  // @ts-expect-error null is not absent
  @Expires() goneAt!: Date | null;
  // @ts-expect-error a text is no vector
  @Vector({ dimensions: 2, metric: 'cosine' }) text!: string;
  // @ts-expect-error vectors are of single precision
  @Vector({ dimensions: 2, metric: 'cosine' }) doubles!: Float64Array;
  // @ts-expect-error objects have no order
  @Range() place!: { x: number };
  // @ts-expect-error arrays have no order
  @Range() list!: string[];
  // @ts-expect-error booleans have no order
  @Range() isOpen!: boolean;
  // @ts-expect-error bytes have no order
  @Range() bytes!: Uint8Array;
  // @ts-expect-error maps have no order
  @Range() map!: Map<string, string>;
  // @ts-expect-error tags are scalars
  @Tag() places!: { x: number }[];
  // @ts-expect-error a map is not a tag
  @Tag() tagMap!: Map<string, string>;
  // @ts-expect-error unique values are scalars
  @Index() lists!: string[];
  // @ts-expect-error unique values are scalars
  @Index() object!: { x: number };
  // @ts-expect-error a getter of an object has no order
  @Range() get origin(): { x: number } {
    return { x: 1 };
  }
  // @ts-expect-error a method is not a field
  @Range() size(): number {
    return 1;
  }
  // @ts-expect-error there is no such option
  @Index({ unique: true }) email!: string;
  // @ts-expect-error brackets are missing
  @Id bare!: string;
}

// @ts-expect-error the class has no field nowhere
@Index(['org', 'nowhere'])
export class NoSuchField {
  org!: string;
}

@Document({ storage: 'cold' })
export class Cold {}

// @ts-expect-error there is no such storage
@Document({ storage: 'tape' })
export class NoSuchStorage {}
