import { promisedOutput, runExample } from '../support/example.js';

it('the example prints what its README says', async () => {
  expect((await runExample('sales')).trim()).toMatch(promisedOutput('sales'));
});
