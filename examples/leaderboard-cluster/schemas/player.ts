import { Document, Id, Range } from '@nuthatch/decorators';
import { Length } from 'class-validator';

/** A player with the sum of all results. */
@Document()
export class Player {
  @Id() @Length(1, 30) readonly name!: string;
  @Range() points: number = 0;
  gameCount: number = 0;
}
