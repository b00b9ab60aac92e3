/** Classes with values of every kind that a caller may hold, and rules inside them. */
import { Document, Id, Range, Tag } from '@nuthatch/decorators';
import { IsEmail, IsOptional, Min, ValidateNested } from 'class-validator';

export class Inner {
  @IsEmail() mail!: string;
}

export class Part {
  @Min(1) count!: number;
  at?: Date;
  @IsOptional() @ValidateNested() inner?: Inner;

  get double(): number {
    return this.count * 2;
  }
}

@Document()
export class Whole {
  @Id() readonly id!: string;
  @IsOptional() @ValidateNested() part?: Part;
  @ValidateNested({ each: true }) parts: Part[] = [];
  @IsOptional() @ValidateNested({ each: true }) distinct?: Set<Part>;
  @IsOptional() @ValidateNested({ each: true }) byName?: Map<string, Part>;
}

export interface Holder {
  bytes?: Buffer;
  at?: Date;
}

@Document()
export class Values {
  @Id() readonly id!: string;
  @Range() at?: Date;
  days?: Date[];
  data?: Buffer;
  bytes?: Uint8Array;
  pieces?: Buffer[];
  byName?: Map<string, Buffer>;
  holder?: Holder;
  either?: string | Buffer;
  orNull?: Buffer | null;
  @Tag() names?: Set<string>;
  counts?: Map<string, number>;
  numbers?: number[];
  floats?: Float32Array;
  anything?: unknown;
  scores?: Record<string, number>;
}
