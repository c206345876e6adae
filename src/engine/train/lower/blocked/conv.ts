import { padBegin, windowOf } from '../../../ops/shape/window.ts';
import { depthwiseFilter, filter, firstFilter, vector } from './filter.ts';
import { followers } from './followers.ts';
import type { BlockedRule, BlockedSite } from './site.ts';

/** `depthwise`: one filter a channel; `dense`: one group; others stay plain. */
export function kindOf(site: BlockedSite, weight: readonly number[]): 'dense' | 'depthwise' | undefined {
  const group = site.node.int('group', 1);
  if (weight.length !== 4) return undefined;
  if (group === 1) return 'dense';
  return weight[1] === 1 && weight[0] === group ? 'depthwise' : undefined;
}

/** Pictures of so few channels stay plain: the operator reads them as they are. */
export const fewChannels = (site: BlockedSite, channels: number): boolean => channels < Math.min(4, site.block);

/** Y = X * W + bias, with what follows. */
export const conv: BlockedRule = (site) => {
  const { node } = site;
  const [x, w] = [site.inputShape(0), site.inputShape(1)];
  const kind = kindOf(site, w);
  if (!kind) return false;
  const kernel = w.slice(2);
  const window = windowOf(node, kernel, 2);
  const out = site.forms.shapeOf(node.outputs[0]!).slice(2);
  const begins = kernel.map((_, axis) => padBegin(window, x[axis + 2]!, axis));
  const ends = kernel.map((size, axis) => {
    const reach = (out[axis]! - 1) * window.strides[axis]! + window.dilations[axis]! * (size - 1) + 1;
    return Math.max(0, reach - x[axis + 2]! - begins[axis]!);
  });
  const bias = site.input(2) === '' ? '' : vector(site, site.input(2), w[0]!);
  const few = kind === 'dense' && fewChannels(site, x[1]!);
  if (few) site.forms.plain(site.input(0), node);
  const data = few ? site.input(0) : site.blocked(0);
  const { result, fused } = followers(site);
  const values = { strides: window.strides, dilations: window.dilations, pads: [...begins, ...ends], ...fused.activation };
  const make = kind === 'depthwise' ? depthwiseFilter : few ? firstFilter : filter;
  const inputs = [data, make(site, site.input(1)), bias, fused.sum ?? ''];
  while (inputs.at(-1) === '') inputs.pop();
  site.forms.made(result, site.conv(inputs, kernel, kind === 'depthwise' ? site.padded(w[0]!) : 1, values));
  return true;
};
