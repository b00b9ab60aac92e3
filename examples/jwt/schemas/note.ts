import { Document, Id, Tag } from '@nuthatch/decorators';

/** A note of one user, which nobody else sees. */
@Document()
export class Note {
  @Id({ generate: 'uuidv7' }) readonly id!: string;
  @Tag() owner!: string;
  text!: string;
}
