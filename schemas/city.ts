import { Document, Id, Range, Tag } from '@nuthatch/decorators';
import { IsInt, Max, Min, MinLength } from 'class-validator';

/** A populated place of GeoNames with at least 1,000 people. */
@Document()
export class City {
  /** Identifier in the GeoNames database. */
  @Id() readonly geonameId!: number;
  @Range() @MinLength(1) name!: string;
  /** ISO 3166-1 alpha-2 code. */
  @Tag() country!: string;
  /** GeoNames feature code: PPLC is a capital, PPL any populated place. */
  @Tag() featureCode!: string;
  adminCode?: string;
  @Range() @IsInt() @Min(0) population!: number;
  @Min(-180) @Max(180) longitude!: number;
  @Min(-90) @Max(90) latitude!: number;
}
