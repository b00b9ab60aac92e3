import { promisedOutput, runExample } from '../support/example.js';

it('the example of tokens prints what its README says', async () => {
  expect((await runExample('jwt')).trim()).toMatch(promisedOutput('jwt'));
});
