import { finderName } from './finder-name.js';

describe('finderName', () => {
  it('capitalises each field and joins them with And', () => {
    expect(finderName({ fields: ['email'] })).toBe('findByEmail');
    expect(finderName({ fields: ['org', 'slug'] })).toBe('findByOrgAndSlug');
    expect(finderName({ fields: ['nameLength'] })).toBe('findByNameLength');
  });
});
