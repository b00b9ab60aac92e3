/** A name imported from a package: `{ module: 'class-validator', name: 'IsEmail' }`. */
export interface PackageName {
  readonly module: string;
  readonly name: string;
}
