import { codesOf } from '../scheme.ts';
import type { RoundedLayer } from './rounding.ts';

/** What rounding a layer changed, as a checkpoint keeps it; arrays as base64. JSON-safe. */
interface SavedLayer {
  readonly name: string;
  readonly codes: string;
  readonly scales: string;
  readonly noise: number;
  readonly bias: { readonly codes: string; readonly scales: string } | null;
  readonly loss: { readonly before: number; readonly after: number };
}

/** State of a walk: layers rounded so far, by name. */
export function encodeRounding(layers: ReadonlyMap<string, RoundedLayer>): Uint8Array {
  const saved = [...layers].map(([name, { weights, bias, loss }]): SavedLayer => {
    const kept = bias ? { codes: toText(Int32Array.from(bias.data)), scales: toText(bias.scales) } : null;
    return {
      name,
      codes: toText(Int16Array.from(weights.data)),
      scales: toText(weights.scales),
      noise: weights.noise,
      bias: kept,
      loss: loss!,
    };
  });
  return new TextEncoder().encode(JSON.stringify(saved));
}

/** The layers of such a state, made from what plain rounding gives (`nearest`, by name); names that it has not are left out. */
export function decodeRounding(state: Uint8Array, nearest: ReadonlyMap<string, RoundedLayer>): Map<string, RoundedLayer> {
  const found = new Map<string, RoundedLayer>();
  for (const { name, codes, scales, noise, bias, loss } of JSON.parse(new TextDecoder().decode(state)) as SavedLayer[]) {
    const plain = nearest.get(name);
    if (!plain) continue;
    const weights = {
      ...plain.weights,
      data: codesOf(plain.weights.type, new Int16Array(toBuffer(codes))),
      scales: new Float32Array(toBuffer(scales)),
      noise,
    };
    const kept = bias &&
      plain.bias && { ...plain.bias, data: new Int32Array(toBuffer(bias.codes)), scales: new Float32Array(toBuffer(bias.scales)) };
    found.set(name, { ...plain, weights, bias: kept ?? undefined, loss });
  }
  return found;
}

const toText = ({ buffer, byteOffset, byteLength }: ArrayBufferView): string =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('base64');

const toBuffer = (text: string): ArrayBuffer => Uint8Array.from(Buffer.from(text, 'base64')).buffer;
