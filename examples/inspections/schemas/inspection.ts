import { type BlobRef, Document, Id, Range, Tag } from '@nuthatch/decorators';

/** One line of a check-list. */
export class Check {
  title!: string;
  isOk?: boolean;
  remark?: string;
}

/** One visit to a machine. Its id needs no server, so that it can be made offline. */
@Document()
export class Inspection {
  @Id({ generate: 'uuidv7' }) readonly id!: string;
  @Tag() readonly machine!: string;
  @Tag() inspector!: string;
  @Range() readonly begunAt: Date = new Date();
  @Tag() result: 'open' | 'passed' | 'failed' = 'open';
  checks: Check[] = [];
  /** The bytes are kept beside the documents, and come to a replica when they are read. */
  photos: BlobRef[] = [];
}
