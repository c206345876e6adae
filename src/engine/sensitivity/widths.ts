import { LatheError } from '../base/errors.ts';
import { quantizeStep } from '../quantize/step.ts';
import { Check } from '@sinclair/typebox/value';
import type { Widths } from './types.ts';

/** What of a layer is quantized: value of `--quantize`. */
export const quantizedSides = ['both', 'weights', 'activations'] as const;
export type QuantizedSide = (typeof quantizedSides)[number];

const { weights: weightWidth, activations: activationWidth } = quantizeStep.parameters.properties;

/**
 * Reads `8`, `4`, `ternary`, or `w4a8` for different widths of weights and activations. One width is of the side that is quantized, or of both
 * (of the weights alone where activations have no such width). Throws `analyze.bits`.
 */
export function parseWidths(texts: readonly string[], side: QuantizedSide): Widths[] {
  const found = new Map<string, Widths>();
  for (const text of texts) {
    const widths = readWidths(text.trim().toLowerCase(), side);
    found.set(`${widths.weights} ${widths.activations}`, widths);
  }
  return [...found.values()];
}

function readWidths(text: string, side: QuantizedSide): Widths {
  const refuse = (what: string): LatheError =>
    new LatheError('analyze.bits', `${JSON.stringify(text)} is no ${what}`, {
      hint: 'Weights: 2 to 8, 16, ternary or binary; activations: 2 to 8 or 16; both apart as in w4a8.',
    });
  const [, first, second] = /^w(\d+|ternary|binary)a(\w+)$/.exec(text) ?? [];
  const number = (word: string): unknown => (/^\d+$/.test(word) ? Number(word) : word);
  const weights = number(first ?? text);
  const activations = number(second ?? text);
  const wants = { weights: side !== 'activations', activations: side !== 'weights' };
  if (wants.weights && (weights === 'float' || !Check(weightWidth, weights))) throw refuse('width of weights');
  const named = weights === 'ternary' || weights === 'binary';
  if (
    wants.activations &&
    !(named && second === undefined && wants.weights) &&
    (activations === 'float' || !Check(activationWidth, activations))
  ) {
    throw refuse('width of activations');
  }
  return {
    weights: wants.weights ? (weights as Widths['weights']) : 'float',
    // Weights of one or two bits go with activations of 8.
    activations: !wants.activations ? 'float' : named && second === undefined ? 8 : (activations as Widths['activations']),
  };
}
