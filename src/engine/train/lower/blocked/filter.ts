import type { BlockedSite } from './site.ts';

/**
 * Weights [O, I, kernel] (times a factor for each output, [Op]) as blocked convolutions read them: [Op/B, Ip/B, kernel, Bi, Bo], declared [Op, Ip, kernel]. ReorderInput moves the outputs of a
 * block to the end and works in vectors; what remains moves whole blocks: twice as fast as one transposition of single numbers.
 */
export function filter(site: BlockedSite, weight: string, factor?: string): string {
  const [outputs, inputs, ...kernel] = site.forms.shapeOf(weight) as [number, number, ...number[]];
  const places = product(kernel);
  return site.once(`filter of ${weight} ${factor ?? ''}`, () => {
    const [op, ip] = [site.padded(outputs), site.padded(inputs)];
    const { block } = site;
    const given = padded(site, weight, [outputs, inputs, ...kernel], op, ip);
    const whole = factor === undefined ? given : scaledRows(site, given, factor, op, ip * places);
    const lanes = site.blockedOp('ReorderInput', [site.reshape(whole, [op / block, block, ip * places, 1])]);
    const apart = (value: string): string => site.reshape(value, [op / block, ip / block, block, places, block]);
    const ordered = places === 1 ? lanes : site.transpose(apart(lanes), [0, 1, 3, 2, 4]);
    return site.reshape(ordered, [op, ip, ...kernel]);
  });
}

/**
 * The same as the filter of the gradient by the input: inputs and outputs exchanged, kernel reversed; [Ip/B, Op/B, kernel, Bo, Bi], declared [Ip, Op, kernel].
 * `taps`: places of the kernel (row-major) in their order.
 */
export function turnedFilter(site: BlockedSite, weight: string, { taps, size, factor }: Taps): string {
  const [outputs, inputs, ...kernel] = site.forms.shapeOf(weight) as [number, number, ...number[]];
  const places = product(kernel);
  const { block } = site;
  const [os, is] = [site.padded(outputs) / block, site.padded(inputs) / block];
  const squares = site.once(`squares of ${weight} ${factor ?? ''}`, () => {
    const lanes = site.blockedOp('ReorderInput', [site.reshape(filter(site, weight, factor), [os * is * places, block, block, 1])]);
    return site.reshape(lanes, [os * is * places, block * block]);
  });
  const from = Array.from({ length: is * os }, (_, i) => ((i % os) * is + Math.floor(i / os)) * places);
  const moves = from.flatMap((start) => taps.map((tap) => start + tap));
  const inOrder = moves.every((move, i) => move === i) && moves.length === os * is * places;
  const moved = inOrder ? squares : site.emit('Gather', [squares, site.indices(moves)], { axis: 0 });
  return site.reshape(moved, [is * block, os * block, ...size]);
}

/** Places of a kernel, the size of the kernel that they make, and a factor for each output channel, [Op]. */
export interface Taps {
  readonly taps: readonly number[];
  readonly size: readonly number[];
  readonly factor?: string;
}

const product = (dims: readonly number[]): number => dims.reduce((all, dim) => all * dim, 1);

/** Depthwise weights [C, 1, kernel]: [Cp/B, 1, kernel, B]. */
export function depthwiseFilter(site: BlockedSite, weight: string): string {
  const [channels, , ...kernel] = site.forms.shapeOf(weight) as [number, number, ...number[]];
  return site.once(`depthwise filter of ${weight}`, () => {
    const cp = site.padded(channels);
    const { block } = site;
    const all = padded(site, weight, [channels, 1, ...kernel], cp, 1);
    const lanes = site.blockedOp('ReorderInput', [site.reshape(all, [cp / block, block, product(kernel), 1])]);
    return site.reshape(lanes, [cp, 1, ...kernel]);
  });
}

/** Some places of a depthwise kernel (row-major), in this order: [Cp/B, 1, taps, B]. */
export function depthwiseTaps(site: BlockedSite, weight: string, { taps, size, factor }: Taps): string {
  const [channels, , ...kernel] = site.forms.shapeOf(weight) as [number, number, ...number[]];
  const cp = site.padded(channels);
  const apart = site.reshape(depthwiseFilter(site, weight), [cp / site.block, product(kernel), site.block]);
  const moved = site.emit('Gather', [apart, site.indices(taps)], { axis: 1 });
  const scaled = factor === undefined ? moved : site.emit('Mul', [moved, site.reshape(factor, [cp / site.block, 1, site.block])]);
  return site.reshape(scaled, [cp, 1, ...size]);
}

/** Each row of [rows, columns] times its factor. */
export const scaledRows = (site: BlockedSite, value: string, factor: string, rows: number, columns: number): string =>
  site.emit('Mul', [site.reshape(value, [rows, columns]), site.reshape(factor, [rows, 1])]);

/** Few input channels, which stay in plain form: [Op/B, I, kernel, Bo]. */
export function firstFilter(site: BlockedSite, weight: string): string {
  const [outputs, inputs, ...kernel] = site.forms.shapeOf(weight) as [number, number, ...number[]];
  const op = site.padded(outputs);
  const { block } = site;
  const all = padded(site, weight, [outputs, inputs, ...kernel], op, inputs);
  const lanes = site.blockedOp('ReorderInput', [site.reshape(all, [op / block, block, inputs * product(kernel), 1])]);
  return site.reshape(lanes, [op, inputs, ...kernel]);
}

/** One value a channel with zeros behind: [Cp]. */
export function vector(site: BlockedSite, value: string, channels: number): string {
  if (site.padded(channels) === channels) return value;
  return site.emit('Pad', [value, site.indices([0, site.padded(channels) - channels]), site.number(0)]);
}

function padded(site: BlockedSite, weight: string, dims: readonly number[], outputs: number, inputs: number): string {
  const [o, i] = dims as [number, number];
  if (o === outputs && i === inputs) return weight;
  const pads = Array<number>(2 * dims.length).fill(0);
  [pads[dims.length], pads[dims.length + 1]] = [outputs - o, inputs - i];
  return site.emit('Pad', [weight, site.indices(pads), site.number(0)]);
}
