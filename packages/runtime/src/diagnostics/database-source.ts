/** Says which open database a message is of. One frozen object for each opening: compare it with `===`. */
export interface DatabaseSource {
  /** The option `name`; by default the last part of the directory's path, or `memory`. */
  readonly name: string;
  /** Absolute; undefined for a database in memory. */
  readonly directory: string | undefined;
  /** 32 hexadecimal digits: the same at each opening of a directory, others for each opening in memory. */
  readonly uuid: string;
}
