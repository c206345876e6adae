import { floatAttribute } from '../../../onnx/graph.ts';
import { Tensor } from '../../../onnx/tensor.ts';
import type { LoweringRule, LoweringSite } from '../lowering.ts';
import { product } from './movement.ts';

/**
 * Windows beside each other without gaps: the gradient is spread over each window and kept where the element equals the largest, in equal parts where
 * several do. Other windows: to the first largest element by MaxPool's own indices.
 */
export const maxPoolGradient: LoweringRule = (site) => {
  const kernel = site.ints('kernel_shape');
  const shape = site.inputShape(1);
  const beside =
    kernel.every((size, axis) => size === site.ints('strides')[axis] && site.ints('dilations')[axis] === 1) &&
    site.ints('pads').every((pad) => pad === 0);
  return [beside ? besideEachOther(site, kernel) : byIndices(site, shape)];
};

/** In whole passes over pictures: arithmetic that spreads a window's number over its elements by broadcasting takes five times as long. */
function besideEachOther(site: LoweringSite, kernel: readonly number[]): string {
  const scales = site.store(Tensor.float32([kernel.length + 2], [1, 1, ...kernel]));
  const nearest = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
  const spread = (value: string): string => site.emit('Resize', [value, '', scales], nearest);
  const difference = site.emit('Sub', [site.input(1), spread(site.input(2))]);
  // 1 where an element equals the largest of its window, 0 where it is smaller by anything.
  const mask = site.emit('HardSigmoid', [difference], { alpha: floatAttribute(1e30), beta: floatAttribute(1) });
  const winners = site.emit('AveragePool', [mask], { kernel_shape: kernel, strides: kernel });
  const mean = site.emit('Mul', [site.input(0), site.number(1 / product(kernel))]);
  return site.emit('Mul', [mask, spread(site.emit('Div', [mean, winners]))]);
}

function byIndices(site: LoweringSite, shape: readonly number[]): string {
  const { node } = site;
  const pads = site.ints('pads');
  const rank = shape.length - 2;
  const indices = site.emitSeveral('MaxPool', [site.input(1)], 2, {
    kernel_shape: site.ints('kernel_shape'),
    strides: site.ints('strides'),
    dilations: site.ints('dilations'),
    // The ends that the windows need, which are the node's own or fewer; with ceil_mode the last window reaches over them.
    pads: [...pads.slice(0, rank), ...pads.slice(rank).map((end) => Math.max(0, end))],
    ceil_mode: node.int('ceil_mode', 0),
  })[1]!;
  const zeros = site.emit('Expand', [site.number(0), site.indices([product(shape)])]);
  const count = product(site.inputShape(0));
  const summed = site.emit('ScatterElements', [zeros, site.reshape(indices, [count]), site.reshape(site.input(0), [count])], {
    axis: 0,
    reduction: 'add',
  });
  return site.reshape(summed, shape);
}
