/** Something that must never be. The message begins with the rule; docs and README name the rules. */
export class Breach extends Error {
  constructor(rule: string, what: string) {
    super(`${rule}: ${what}`);
    this.name = 'Breach';
  }
}
