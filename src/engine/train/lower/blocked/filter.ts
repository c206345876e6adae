import type { BlockedSite } from './site.ts';

/**
 * Weights [O, I, kernel] as blocked convolutions read them: [Op/B, Ip/B, kernel, Bi, Bo]. `turned`: as the filter of the gradient by the input, with input
 * and output channels exchanged and the kernel reversed. Declared shape [Op, Ip, kernel] ([Ip, Op, kernel] turned).
 */
export function filter(site: BlockedSite, weight: string, turned = false): string {
  const [outputs, inputs, ...kernel] = site.forms.shapeOf(weight) as [number, number, ...number[]];
  const places = kernel.reduce((product, size) => product * size, 1);
  return site.once(`filter of ${weight}${turned ? ' turned' : ''}`, () => {
    const [op, ip] = [site.padded(outputs), site.padded(inputs)];
    const { block } = site;
    const flat = site.reshape(padded(site, weight, [outputs, inputs, ...kernel], op, ip), [op / block, block, ip / block, block, places]);
    if (!turned) return site.reshape(site.transpose(flat, [0, 2, 4, 3, 1]), [op, ip, ...kernel]);
    const exchanged = site.transpose(flat, [2, 0, 4, 1, 3]);
    return site.reshape(reversed(site, exchanged, places), [ip, op, ...kernel]);
  });
}

/** Depthwise weights [C, 1, kernel]: [Cp/B, 1, kernel, B]. */
export function depthwiseFilter(site: BlockedSite, weight: string, turned = false): string {
  const [channels, , ...kernel] = site.forms.shapeOf(weight) as [number, number, ...number[]];
  const places = kernel.reduce((product, size) => product * size, 1);
  return site.once(`depthwise filter of ${weight}${turned ? ' turned' : ''}`, () => {
    const cp = site.padded(channels);
    const all = padded(site, weight, [channels, 1, ...kernel], cp, 1);
    const swapped = site.transpose(site.reshape(all, [cp / site.block, site.block, places]), [0, 2, 1]);
    const ordered = turned ? reversedAt(site, swapped, 1, places) : swapped;
    return site.reshape(ordered, [cp, 1, ...kernel]);
  });
}

/** Few input channels, which stay in plain form: [Op/B, I, kernel, Bo]. */
export function firstFilter(site: BlockedSite, weight: string): string {
  const [outputs, inputs, ...kernel] = site.forms.shapeOf(weight) as [number, number, ...number[]];
  const places = kernel.reduce((product, size) => product * size, 1);
  const op = site.padded(outputs);
  const all = padded(site, weight, [outputs, inputs, ...kernel], op, inputs);
  const flat = site.reshape(all, [op / site.block, site.block, inputs, places]);
  return site.reshape(site.transpose(flat, [0, 2, 3, 1]), [op, inputs, ...kernel]);
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

const reversed = (site: BlockedSite, value: string, places: number): string => reversedAt(site, value, 2, places);

function reversedAt(site: BlockedSite, value: string, axis: number, places: number): string {
  if (places === 1) return value;
  return site.emit('Gather', [value, site.indices(Array.from({ length: places }, (_, i) => places - 1 - i))], { axis });
}
