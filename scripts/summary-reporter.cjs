/**
 * Ends a test run with the one line CI reads: `Tests: N passed, N failed`.
 *
 * A suite that fails to start counts as one failed test; a skipped test is named, for nothing may be skipped silently,
 * and with CI set it counts as failed.
 */
const { writeSync } = require('node:fs');

class SummaryReporter {
  onRunComplete(_contexts, results) {
    const unstarted = results.testResults.filter((suite) => suite.testExecError && suite.numFailingTests === 0).length;
    const skipped = results.testResults.flatMap((suite) =>
      suite.testResults
        .filter((test) => test.status === 'pending' || test.status === 'todo')
        .map((test) => test.fullName),
    );
    this.failedCount = results.numFailedTests + unstarted + (process.env.CI ? skipped.length : 0);
    const lines = [
      ...skipped.map((name) => `Skipped: ${name}`),
      `Tests: ${results.numPassedTests} passed, ${this.failedCount} failed`,
    ];
    // At exit, and not through the stream: Jest's own summary comes after this hook, and this line has to be the last.
    process.once('exit', () => writeSync(1, `${lines.join('\n')}\n`));
  }

  getLastError() {
    return this.failedCount > 0 ? new Error(`${this.failedCount} failed`) : undefined;
  }
}

module.exports = SummaryReporter;
