import { text, viewOf } from './format.ts';

const orientationTag = 0x0112;

/**
 * The orientation in a TIFF block (EXIF 2.3, tag 0x0112 of the first directory), 1 to 8; 1 where there is none or the block is
 * broken: a bad note does not spoil a good picture.
 */
export function exifOrientation(block: Uint8Array): number {
  const view = viewOf(block);
  const order = text(block, 0, 2);
  if (block.length < 8 || (order !== 'II' && order !== 'MM')) return 1;
  const little = order === 'II';
  const start = view.getUint32(4, little);
  if (start + 2 > block.length) return 1;
  const entries = view.getUint16(start, little);
  for (let i = 0, at = start + 2; i < entries && at + 12 <= block.length; i++, at += 12) {
    if (view.getUint16(at, little) !== orientationTag) continue;
    const value = view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}
