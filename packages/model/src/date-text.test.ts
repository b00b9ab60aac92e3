import { dateOfIsoText, dateOfText } from './date-text.js';

describe('dateOfText', () => {
  it.each([
    ['2026-05-12', '2026-05-12T00:00:00.000Z'],
    ['2026-05', '2026-05-01T00:00:00.000Z'],
    ['2026-05-12 10:11:12.345678', '2026-05-12T10:11:12.345Z'],
    ['2026-05-12T10:11Z', '2026-05-12T10:11:00.000Z'],
    ['2026-05-12 10:11:12+02', '2026-05-12T08:11:12.000Z'],
    ['2026-05-12 10:11:12-0330', '2026-05-12T13:41:12.000Z'],
    ['1900-01-01 00:00:00+00:19:32', '1899-12-31T23:40:28.000Z'],
    ['2026-05-12 24:00:00', '2026-05-13T00:00:00.000Z'],
    ['0001-01-01', '0001-01-01T00:00:00.000Z'],
    ['+012026-01-01T00:00:00.000Z', '+012026-01-01T00:00:00.000Z'],
    ['-000043-03-15T00:00:00.000Z', '-000043-03-15T00:00:00.000Z'],
    ['Tue, 12 May 2026 10:11:12 GMT', '2026-05-12T10:11:12.000Z'],
  ])('reads %s as %s', (text, iso) => {
    expect(dateOfText(text)?.toISOString()).toBe(iso);
  });

  it.each([
    '12/05/2026',
    '12.05.2026',
    '2026-02-30',
    'Mon, 30 Feb 2026 10:11:12 GMT',
    '2026-13-01',
    '0000-00-00',
    '2026-05-12 25:00',
    '12 May 2026',
    '2026-05-12 10:11 CEST',
    '0044-03-15 BC',
    '',
    'now',
  ])('takes %s for no date', (text) => {
    expect(dateOfText(text)).toBeUndefined();
  });

  it('reads what toISOString writes, at any time', () => {
    for (let number = 0; number < 1_000; number++) {
      const date = new Date(Math.round((number / 1_000 - 0.5) * 1.7e16));
      expect(dateOfText(date.toISOString())).toEqual(date);
    }
  });
});

describe('dateOfIsoText', () => {
  it('takes ISO 8601 alone, and no day that no calendar has', () => {
    expect(dateOfIsoText('2024-02-29T10:00:00+01:00')).toEqual(new Date('2024-02-29T09:00:00Z'));
    // Without a zone it is UTC, on every machine.
    expect(dateOfIsoText('2026-05-12T10:11')).toEqual(new Date('2026-05-12T10:11:00Z'));
    for (const text of ['Tue, 12 May 2026 10:11:12 GMT', '2026-02-30T00:00:00Z', '2025-02-29', '7', 'March', ''])
      expect([text, dateOfIsoText(text)]).toEqual([text, undefined]);
  });
});
