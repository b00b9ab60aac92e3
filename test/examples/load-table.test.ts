import { promisedOutput, runExample } from '../support/example.js';

it('loads, refuses with reasons and loads again, as its README says', async () => {
  expect((await runExample('load-table')).trim()).toMatch(promisedOutput('load-table'));
});
