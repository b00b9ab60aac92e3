/** A class of rows as the generator knows it. */
import type { ViewModel } from '@nuthatch/model';
import type { DocumentSource } from './document-source.js';

export interface ViewSource extends DocumentSource {
  readonly view: ViewModel;
}
