import { Range } from '@nuthatch/decorators';

/** What every stored thing with a history has; a base class is not a document itself. */
export abstract class Timestamped {
  @Range() createdAt: Date = new Date();
  note: string | null = null;
}
