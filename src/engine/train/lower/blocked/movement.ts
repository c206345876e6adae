import type { BlockedRule, BlockedSite } from './site.ts';

/** [N, Cp/B, H, W, B] */
function view(site: BlockedSite, value: string): readonly number[] {
  const [n, channels, height, width] = site.forms.blockedShape(value) as [number, number, number, number];
  return [n, channels / site.block, height, width, site.block];
}

const isPicture = (site: BlockedSite): boolean => site.inputShape(0).length === 4 && site.forms.isBlocked(site.input(0));

/** Whole blocks one behind the other. */
export const concat: BlockedRule = (site) => {
  const { forms, node } = site;
  const axis = node.int('axis', 0);
  const shapes = node.inputs.map((input) => forms.shapeOf(input));
  if (shapes.some((shape) => shape.length !== 4) || (axis !== 1 && axis !== -3)) return false;
  if (!node.inputs.some((input) => forms.isBlocked(input)) || shapes.some(([, channels]) => channels! % site.block !== 0)) return false;
  return site.done(site.emit('Concat', node.inputs.map((input) => forms.blockedOf(input, node)), { axis: 1 })); // prettier-ignore
};

/** Along channels, at borders of blocks. */
export const split: BlockedRule = (site) => {
  const { forms, node } = site;
  const axis = node.int('axis', 0);
  const shapes = node.outputs.map((output) => forms.shapeOf(output));
  if (!isPicture(site) || (axis !== 1 && axis !== -3) || shapes.some(([, channels]) => channels! % site.block !== 0)) return false;
  const x = site.blocked(0);
  let start = 0;
  shapes.forEach(([, channels], index) => {
    const end = start + channels!;
    if (node.outputs[index]) site.done(site.emit('Slice', [x, site.indices([start]), site.indices([end]), site.indices([1])]), index);
    start = end;
  });
  return true;
};

/** Along rows and columns, and along channels by whole blocks from the first on. */
export const slice: BlockedRule = (site) => {
  if (!isPicture(site)) return false;
  const [starts, ends, axes, steps] = [1, 2, 3, 4].map((index) => integers(site, index));
  if (!starts || !ends || !axes) return false;
  const output = site.forms.shapeOf(site.node.outputs[0]!);
  if (axes.some((axis) => axis < 2) || output[1] !== site.inputShape(0)[1]) return false;
  const cut = site.emit('Slice', [site.reshape(site.blocked(0), view(site, site.input(0))), ...[starts, ends, axes, steps ?? axes.map(() => 1)].map(site.indices.bind(site))]); // prettier-ignore
  return site.done(site.reshape(cut, site.forms.blockedShape(site.node.outputs[0]!)));
};

/** Rows or columns by constant indices. */
export const gather: BlockedRule = (site) => {
  const { forms, node } = site;
  const axis = node.int('axis', 0);
  const indices = integers(site, 1);
  const output = forms.shapeOf(node.outputs[0]!);
  if (!isPicture(site) || axis < 2 || !indices || output.length !== 4) return false;
  const chosen = site.emit('Gather', [site.reshape(site.blocked(0), view(site, site.input(0))), site.indices(indices)], { axis });
  return site.done(site.reshape(chosen, forms.blockedShape(node.outputs[0]!)));
};

/** Zeros around rows and columns, and whole blocks of channels. */
export const pad: BlockedRule = (site) => {
  const { node } = site;
  const pads = integers(site, 1);
  if (!isPicture(site) || !pads || pads.length !== 8 || site.input(3) !== '' || node.string('mode', 'constant') !== 'constant') return false;
  const channels = site.inputShape(0)[1]!;
  const [before, after] = [pads[1]!, pads[5]!];
  const whole = [channels, before, after].every((size) => size % site.block === 0);
  if (pads[0] !== 0 || pads[4] !== 0 || ((before !== 0 || after !== 0) && !whole)) return false;
  const blocks = [0, before / site.block, pads[2]!, pads[3]!, 0, 0, after / site.block, pads[6]!, pads[7]!, 0];
  const padded = site.emit('Pad', [site.reshape(site.blocked(0), view(site, site.input(0))), site.indices(blocks), site.input(2) || site.number(0)]);
  return site.done(site.reshape(padded, site.forms.blockedShape(node.outputs[0]!)));
}; // prettier-ignore

/** One number a channel to every place. */
export const expand: BlockedRule = (site) => {
  const { forms, node } = site;
  const [from, to] = [site.inputShape(0), forms.shapeOf(node.outputs[0]!)];
  if (from.length !== 4 || from[2] !== 1 || from[3] !== 1 || from[0] !== to[0] || from[1] !== to[1] || to.length !== 4) return false;
  const [n, channels, height, width] = forms.blockedShape(node.outputs[0]!) as [number, number, number, number];
  const { block } = site;
  const flat = site.reshape(site.blocked(0), [n, channels / block, 1, block]);
  const spread = site.emit('Expand', [flat, site.indices([n, channels / block, height * width, block])]);
  return site.done(site.reshape(spread, [n, channels, height, width]));
};

function integers(site: BlockedSite, index: number): number[] | undefined {
  const name = site.input(index);
  const tensor = name === '' ? undefined : site.forms.model.graph.constant(name);
  return tensor?.isLoaded ? tensor.toIntegers() : undefined;
}
