/**
 * Ends a test run with the one line CI reads: `Tests: N passed, N failed`.
 *
 * A suite that fails to start counts as one failed test; a skipped test is named, for nothing may be skipped silently,
 * and with CI set it counts as failed.
 */
class SummaryReporter {
  onRunComplete(_contexts, results) {
    const unstarted = results.testResults.filter((suite) => suite.testExecError && suite.numFailingTests === 0).length;
    const skipped = results.testResults.flatMap((suite) =>
      suite.testResults
        .filter((test) => test.status === 'pending' || test.status === 'todo')
        .map((test) => test.fullName),
    );
    for (const name of skipped) process.stdout.write(`Skipped: ${name}\n`);
    const failed = results.numFailedTests + unstarted + (process.env.CI ? skipped.length : 0);
    this.failedCount = failed;
    // stdout is a pipe in CI: written last and at once, so that it is the last line.
    process.stdout.write(`Tests: ${results.numPassedTests} passed, ${failed} failed\n`);
  }

  getLastError() {
    if (this.failedCount > 0) return new Error(`${this.failedCount} failed`);
    return undefined;
  }
}

module.exports = SummaryReporter;
