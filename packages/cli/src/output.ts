/** Where a command prints; tests give their own. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

/** Standard output and standard error. */
export const CONSOLE: Output = {
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
};
