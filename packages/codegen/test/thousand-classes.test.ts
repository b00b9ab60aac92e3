/** Generation stays quick for a large project. The figure is printed; the bound is generous, machines differ. */
import { TemporaryProject } from './support/temporary-project.js';

const CLASS_COUNT = 1_000;
/** On a quiet machine, built and outside Jest, it is about a fortieth of it; what grows with the square takes minutes. */
const MAX_CPU_MS = 60_000;

function source(index: number): string {
  return `import { Document, Id, Index, Range, Tag } from '@nuthatch/decorators';
import { IsEmail, Max, Min } from 'class-validator';

@Document()
export class Model${index} {
  @Id() readonly id!: string;
  @Index() @IsEmail() email!: string;
  @Tag() clubs: string[] = [];
  @Range() @Min(0) @Max(120) age!: number;
  @Range() joinedAt: Date = new Date();
  name!: string;
  nick?: string;
}
`;
}

describe('the generator', () => {
  it('generates a thousand classes in seconds, and knows in no time that nothing has changed', async () => {
    const files = Array.from(
      { length: CLASS_COUNT },
      (_, index) => [`schemas/model-${index}.ts`, source(index)] as const,
    );
    // Without it the generator has something to say, and says it at every run.
    const tsconfig = JSON.stringify({ compilerOptions: { experimentalDecorators: true } });
    using project = new TemporaryProject({ ...Object.fromEntries(files), 'tsconfig.json': tsconfig });
    const before = process.cpuUsage();
    const first = await project.generate();
    const { user, system } = process.cpuUsage(before);
    const cpuMs = Math.round((user + system) / 1000);
    console.info(`${CLASS_COUNT} classes: ${cpuMs} ms of CPU`);
    expect(first).toMatchObject({ documentCount: CLASS_COUNT, diagnostics: [] });
    expect(cpuMs).toBeLessThan(MAX_CPU_MS);
    expect(await project.generate()).toMatchObject({ documentCount: CLASS_COUNT, wasCached: true });
  });
});
