import { Type } from '@sinclair/typebox';
import { roundToByte } from '../resize.ts';
import type { Picture } from '../types.ts';
import { drawn, type DegradationMethod } from './degradation.ts';

const parameters = Type.Object({
  quality: drawn({ minimum: 1, maximum: 100, description: 'Quality, as encoders count it.', examples: [40] }, Type.Integer),
});

export const jpeg: DegradationMethod<typeof parameters> = {
  name: 'jpeg',
  alone: 'quality',
  summary: 'Written as a JPEG (4:4:4) and read again.',
  source: 'ITU-T T.81; tables of annex K scaled as libjpeg does',
  parameters,
  apply: (picture, { quality }) => recompress(picture, Math.round(quality)),
};

/** Codecs are loaded when the first picture needs them: lists of methods are read by editors. */
async function recompress(picture: Picture, quality: number): Promise<Picture> {
  const [{ default: jpegJs }, { decodePicture }] = await Promise.all([import('jpeg-js'), import('../formats/index.ts')]);
  const { width, height, channels, data } = picture;
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) rgba[i * 4 + c] = roundToByte(data[i * channels + (channels === 1 ? 0 : c)]!);
  }
  const { picture: read } = await decodePicture(jpegJs.encode({ width, height, data: rgba }, quality).data);
  if (channels === 3) return read;
  return { width, height, channels, data: read.data.filter((_, i) => i % 3 === 0) };
}
