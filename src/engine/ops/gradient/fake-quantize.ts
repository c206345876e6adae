import { floatAttribute } from '../../onnx/graph.ts';
import { type GradientRule, gradientDomain } from './rule.ts';

/**
 * Straight-through estimator with learned step size (Esser et al. 2020, eqs. 2 to 4): with v = x/s, dx = dy where low ≤ v ≤ high, else 0, and
 * ds = Σ dy · (round v − v) inside, Σ dy · low or high outside, times 1/√(elements of a scale · high) so that scales learn as fast as weights. With the node's attribute
 * `clipping` only what lies outside counts (PACT, Choi et al. 2018, eq. 3).
 */
export const fakeQuantizeGradient: GradientRule = (b) => {
  const dy = b.incoming();
  if (dy === undefined) return [];
  const { node } = b;
  const high = Math.max(1, Math.abs(node.int('high', 127)));
  const scales = b.inputShape(1).reduce((product, dim) => product * dim, 1);
  const elements = b.inputShape(0).reduce((product, dim) => product * dim, 1) / scales;
  const values = {
    low: node.int('low', -128),
    high: node.int('high', 127),
    axis: node.int('axis', -1),
    gradient_scale: floatAttribute(1 / Math.sqrt(elements * high)),
    clipping: node.int('clipping', 0),
    learns: b.wants(1) ? 1 : 0,
  };
  const [dx, ds] = b.emitSeveral('FakeQuantizeGradient', [dy, b.input(0), b.output(), b.input(1)], 2, values, gradientDomain);
  return [dx, b.wants(1) ? ds : undefined];
};
