/** The files that `nuthatch init` writes. The guide page "Getting started" shows them; a test holds the two together. */

export function configText(schemas: string, generated: string): string {
  return `import { defineConfig } from 'nuthatch';

export default defineConfig({
  schemas: ${JSON.stringify(`${schemas}/**/*.ts`)},
  output: ${JSON.stringify(generated)},
});
`;
}

/** For Node 20 and up: `await using` is lowered, since Node reads it from 24 on only. */
export const TSCONFIG = `{
  "compilerOptions": {
    "target": "es2022",
    "lib": ["es2023", "esnext.disposable"],
    "module": "nodenext",
    "strict": true,
    "experimentalDecorators": true,
    "skipLibCheck": true,
    "types": ["node"],
    "rootDir": ".",
    "outDir": "dist"
  }
}
`;

export const PLAYER = `import { Document, Id, Index, Range, Tag } from '@nuthatch/decorators';

@Document()
export class Player {
  @Id({ generate: 'uuidv7' }) readonly id!: string;
  /** Unique: one player per email. */
  @Index() email!: string;
  /** Many to many. */
  @Tag() clubs: string[] = [];
  /** Ordered: bounds, order, minimum and maximum. */
  @Range() age!: number;
  name!: string;
}
`;

export function mainText(generated: string): string {
  return `import { openDatabase } from './${generated}/index.js';

async function main(): Promise<void> {
  await using db = await openDatabase({ directory: './data' });

  const email = 'ann@example.org';
  if (db.player.findByEmail(email) === undefined)
    await db.player.insert({ email, clubs: ['fcb'], age: 31, name: 'Ann' });

  for (const player of db.player.findByClubs('fcb')) console.log(player.name, player.age);
}

main();
`;
}
