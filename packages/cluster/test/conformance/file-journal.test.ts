import { FileSubject } from './file-subject.js';
import { describeJournal } from './journal-conformance.js';

describeJournal('a directory', () => new FileSubject(), { historyCount: 10, stepCount: 80 });
