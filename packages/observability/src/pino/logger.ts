/** What is used of a logger: of pino, or of any other that has these methods. */
export interface Logger {
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
  fatal(facts: object, text: string): void;
}
