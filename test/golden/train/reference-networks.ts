import { seededRandom } from '../../../src/engine/base/random.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { branchedNetwork, invertedNetwork, residualNetwork, transformer } from '../../support/trained-networks.ts';

/** Whole networks whose gradients PyTorch computed once (make_gradients.py). Smooth activations: at a kink no two programs need agree. */
export const referenceNetworks: Readonly<Record<string, () => Model>> = {
  'residual 16, 32': () => residualNetwork(1, [16, 32]),
  'residual 12, 20, 23': () => residualNetwork(2, [12, 20, 23], 'Tanh'),
  'inverted 8, 24, 24': () => invertedNetwork(3, [8, 24, 24]),
  branched: () => branchedNetwork(5),
  transformer: () => transformer(6),
};

export const batch = 16;
const classes = 5;
const side = 16;

export const pictures = { dims: [batch, 3, side, side] as const, labels: [batch, classes] as const };

/** The batch that all of them get: pictures, and shares of the classes. */
export function referenceBatch(): { readonly data: Float32Array; readonly labels: Float32Array } {
  const random = seededRandom(7, 'batch');
  const data = Float32Array.from({ length: batch * 3 * side * side }, () => random.normal());
  const labels = new Float32Array(batch * classes);
  for (let row = 0; row < batch; row++) labels[row * classes + random.integer(classes)] = 1;
  return { data, labels };
}
