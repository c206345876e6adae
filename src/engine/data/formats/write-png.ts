import { encode } from 'fast-png';
import type { Picture } from '../types.ts';

/** A picture of bytes as a PNG of 8 bits, gray or RGB. Equal pictures give equal bytes. */
export const writePng = ({ width, height, channels, data }: Picture): Uint8Array =>
  encode({ width, height, channels, depth: 8, data: Uint8Array.from(data) });
