/** The photo of a machine: the same bytes each time, 300 kB or more, of no two machines the same. */
export function photoBytes(id: string): Buffer {
  return Buffer.alloc(300_000 + (id.length % 7) * 200_000, `${id} `);
}
