import { setFlagsFromString } from 'node:v8';

/**
 * Lets functions run longer before V8 compiles them anew: a generator run of a second ends before optimised code has
 * paid for itself. Measured on Node 20 with 1,000 classes: 1.4 s of CPU instead of 2.0 s. For short commands only.
 */
export function deferOptimisation(): void {
  setFlagsFromString('--interrupt-budget=600000');
}
