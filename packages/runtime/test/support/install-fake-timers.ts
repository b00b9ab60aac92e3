/** Installs the fake timers that the second argument names; imported before the engine is. */
const fakes = process.argv[3] as string;
const { install } = require(fakes) as { install(): { uninstall(): void } };

export const clock = install();
