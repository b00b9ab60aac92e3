import { Document, Id, Index, Range, Tag } from '@nuthatch/decorators';
import { Length } from 'class-validator';
import { Timestamped } from './timestamped.js';

/** How a club is run. */
export enum Legal {
  Association = 'association',
  Company = 'company',
}

/** Where a club plays: a value of its own class inside the document. */
export class Ground {
  street!: string;
  city!: string;
  seats?: number;

  /** One line for an envelope. */
  get address(): string {
    return `${this.street}, ${this.city}`;
  }
}

/** How a club earns: each kind has fields of its own. */
export type Income =
  | { kind: 'sponsor'; name: string; perYear: bigint }
  | { kind: 'tickets'; sold: number }
  | { kind: 'none' };

/** A club that players join; its web address is unique within its country. */
@Document()
@Index(['country', 'slug'])
@Range(['country', 'size'])
export class Club extends Timestamped {
  @Id() readonly id!: string;
  @Length(2, 80) name!: string;
  @Tag() country: string = 'unknown';
  slug?: string;
  @Range() size: number = 0;
  legal: Legal = Legal.Association;
  level: 'amateur' | 'semi' | 'professional' = 'amateur';
  ground?: Ground;
  income: Income = { kind: 'none' };
  /** Colour of the shirt by occasion: home, away. */
  colours: Map<string, string> = new Map();
  @Tag() sports: Set<string> = new Set();
  crest: Uint8Array | null = null;
  /** Smallest currency unit. */
  @Range() balance: bigint = 0n;
  openOnWeekends: boolean = true;
  rating: number | string = 'unrated';
}
