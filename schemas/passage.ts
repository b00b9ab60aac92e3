import { Document, Id, Range, Tag, Vector } from '@nuthatch/decorators';

/** A part of a text, found by what it means: a model of a language made the embedding. Real ones have hundreds of numbers. */
@Document()
export class Passage {
  @Id() readonly id!: string;
  text!: string;
  @Tag() language!: string;
  @Range() writtenAt: Date = new Date();
  @Vector({ dimensions: 3, metric: 'cosine' }) embedding?: Float32Array;
}
