/**
 * When a write is acknowledged, and what may then still be lost.
 *
 *   fsync     the frame is fsynced                          nothing but the disk itself
 *   interval  written to the OS; fsync follows in time      power loss: the last `flushIntervalMs`
 *   os        written to the OS                             power loss: what the OS had not written
 *   memory    applied in memory, journaled in background    process death: what was not yet written
 */
export type Durability = 'memory' | 'os' | 'interval' | 'fsync';
