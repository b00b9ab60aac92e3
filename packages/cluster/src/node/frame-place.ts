/** A place in the history of a shared journal. */
import { firstChain, fromHex, toHex } from '@nuthatch/runtime/cluster';

export interface FramePlace {
  /** Of the last frame; 0 before the first. */
  readonly position: number;
  /** Of the last transaction in it. */
  readonly seq: number;
  /** Its chain value: the history up to here in 16 bytes. */
  readonly chain: Uint8Array;
}

/** Before the first frame. */
export function startOf(uuid: string): FramePlace {
  return { position: 0, seq: 0, chain: firstChain(fromHex(uuid)) };
}

/** For files, and for engines. */
export interface FramePlaceJson {
  readonly position: number;
  readonly seq: number;
  /** 32 hexadecimal digits. */
  readonly chain: string;
}

/** The place that is written so. */
export function placeOf({ position, seq, chain }: FramePlaceJson): FramePlace {
  return { position, seq, chain: fromHex(chain) };
}

export function toPlaceJson({ position, seq, chain }: FramePlace): FramePlaceJson {
  return { position, seq, chain: toHex(chain) };
}
