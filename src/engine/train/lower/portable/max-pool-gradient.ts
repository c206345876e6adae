import type { LoweringRule, LoweringSite } from '../lowering.ts';

const product = (dims: readonly number[]): number => dims.reduce((all, dim) => all * dim, 1);

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
  return [beside ? besideEachOther(site, shape, kernel) : byIndices(site, shape)];
};

function besideEachOther(site: LoweringSite, shape: readonly number[], kernel: readonly number[]): string {
  const [n, channels, ...size] = shape as [number, number, ...number[]];
  const apart = [n, channels, ...size.flatMap((dim, axis) => [dim / kernel[axis]!, kernel[axis]!])];
  const windows = [n, channels, ...size.flatMap((dim, axis) => [dim / kernel[axis]!, 1])];
  const inside = site.indices(size.map((_, axis) => 3 + 2 * axis));
  const equal = site.emit('Equal', [site.reshape(site.input(1), apart), site.reshape(site.input(2), windows)]);
  const mask = site.emit('Cast', [equal], { to: 1 });
  const winners = site.emit('ReduceSum', [mask, inside], { keepdims: 1 });
  const share = site.emit('Div', [site.reshape(site.input(0), windows), winners]);
  return site.reshape(site.emit('Mul', [mask, share]), shape);
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
