import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseError, ERROR_CATALOGUE, type ErrorCode } from '@nuthatch/model';

describe('errors.md', () => {
  const text = readFileSync(join(__dirname, '..', 'docs', 'errors.md'), 'utf8');
  const sections = text.split(/^### /m).slice(1);
  const documented = sections.map((section) => /^`([A-Z_]+)`$/m.exec(section)?.[1]);

  it('describes every code of the catalogue', () => {
    expect(Object.keys(ERROR_CATALOGUE).filter((code) => !documented.includes(code))).toEqual([]);
  });

  it('describes no code that the catalogue does not have, and no code twice', () => {
    expect(documented.filter((code) => !((code as string) in ERROR_CATALOGUE))).toEqual([]);
    expect(new Set(documented).size).toBe(documented.length);
  });

  it('says meaning, cause and remedy of each', () => {
    for (const section of sections) {
      expect(section).toMatch(
        /^`[A-Z_]+`\n\n\S.*\n\n- \*\*Cause\*\*: \S.*\n- \*\*Cure\*\*: \S.*\n(- \*\*Facts\*\*: \S.*\n)?(\n|$)/,
      );
    }
  });

  it('says each thing in one place', () => {
    expect(text).not.toMatch(/^\|/m);
  });

  it('has the heading that an error leads to', () => {
    for (const code of Object.keys(ERROR_CATALOGUE) as ErrorCode[]) {
      const { docs } = new DatabaseError(code, 'it happened');
      expect(docs).toBe(`@nuthatch/runtime/docs/errors.md#${code.toLowerCase()}`);
      expect(JSON.parse(JSON.stringify(new DatabaseError(code, 'it happened')))).toMatchObject({ code, docs });
    }
  });
});
