import { Document, Expires, Id, Range, Tag } from '@nuthatch/decorators';
import { IsInt, Max, Min, MinLength } from 'class-validator';

/** Work that is to be done at least once. */
@Document()
export class Job {
  @Id({ generate: 'uuidv7' }) readonly id!: string;
  @MinLength(1) readonly kind!: string;
  /** What the worker gets: anything that JSON holds. */
  readonly payload: unknown = null;
  @Tag() state: 'waiting' | 'running' | 'done' | 'dead' = 'waiting';
  /** When it may be leased: a waiting job at its time, a running one when its lease ends. Absent: never again. */
  @Range() dueAt?: Date = new Date();
  /** How often it was leased; together with the id it names one lease. */
  attempt: number = 0;
  @IsInt() @Min(1) @Max(100) readonly maxAttempts: number = 3;
  worker?: string;
  lastError?: string;
  /** Done jobs are kept for a day. */
  @Expires() removeAt?: Date;
}
