import { Document, Id, Range, Tag } from '@nuthatch/decorators';
import { Length, Matches } from 'class-validator';

/** A message in a room. */
@Document()
export class Message {
  @Id({ generate: 'sequence' }) readonly id!: number;
  @Tag() @Matches(/^[a-z0-9-]{1,30}$/) readonly room!: string;
  @Length(1, 30) readonly author!: string;
  @Length(1, 2000) readonly text!: string;
  @Range() readonly sentAt: Date = new Date();
  /** Those who like it. */
  @Tag() likedBy: string[] = [];

  /** `#words` of the text, in lower case: computed and indexed, never stored. */
  @Tag() get topics(): string[] {
    return [...new Set([...this.text.matchAll(/#([\p{L}\p{N}_-]+)/gu)].map(([, topic]) => topic!.toLowerCase()))];
  }
}
