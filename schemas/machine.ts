import { type BlobRef, Document, Id, Index, Tag } from '@nuthatch/decorators';

/** A machine that is inspected: its photo and drawings are blobs, which the document refers to. */
@Document()
export class Machine {
  @Id({ generate: 'uuidv7' }) readonly id!: string;
  @Index() serial!: string;
  @Tag() site: string = 'unknown';
  photo?: BlobRef;
  drawings: BlobRef[] = [];
}
