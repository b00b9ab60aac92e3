import { promisedOutput, runExample } from '../support/example.js';

it('imports, asks across classes, and deletes along, as its page says', async () => {
  expect((await runExample('issue-tracker')).trim()).toMatch(promisedOutput('issue-tracker'));
});
