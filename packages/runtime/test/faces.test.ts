/** What the package offers by which path: decision 0022. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as generated from '../src/generated.js';
import * as root from '../src/index.js';
import * as tools from '../src/tools.js';

const EMITTERS = join(__dirname, '..', '..', 'codegen', 'src', 'emit');

/** Names that emitters take from the runtime, types left out: they are held by the compiler. */
function emittedNames(): readonly string[] {
  const texts = readdirSync(EMITTERS).map((name) => readFileSync(join(EMITTERS, name), 'utf8'));
  const calls = texts.flatMap((text) =>
    [...text.matchAll(/\.runtime\(([^)]*)\)/g)].map(([, names]) => names as string),
  );
  return [
    ...new Set(calls.flatMap((names) => [...names.matchAll(/(?<!=== )'(\w+)'/g)].map(([, name]) => name as string))),
  ];
}

describe('the faces of the runtime', () => {
  it('offer by the root all that /generated and /tools offer, since earlier generated code imports it there', () => {
    for (const face of [generated, tools])
      for (const [name, value] of Object.entries(face)) expect(root).toHaveProperty(name, value);
  });

  it('offer by /generated every name that the generator emits', () => {
    const names = emittedNames();
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !(name in generated))).toEqual([]);
  });
});
