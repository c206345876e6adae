import { windowOf, padBegin } from '../../../ops/shape/window.ts';
import type { BlockedRule, BlockedSite } from './site.ts';

/** Mean over all places: blocked and plain form are the same where a picture has one place. */
export const globalAveragePool: BlockedRule = (site) => {
  if (site.inputShape(0).length !== 4 || !site.forms.isBlocked(site.input(0))) return false;
  return site.done(site.blockedOp('GlobalAveragePool', [site.blocked(0)]));
};

/** MaxPool and AveragePool without indices. */
export const pool: BlockedRule = (site) => {
  const { forms, node } = site;
  if (site.inputShape(0).length !== 4 || node.outputs.length !== 1 || !forms.isBlocked(site.input(0))) return false;
  if (node.int('ceil_mode', 0) !== 0 || node.int('storage_order', 0) !== 0) return false;
  const kernel = node.ints('kernel_shape') ?? [];
  const window = windowOf(node, kernel, 2);
  if (window.autoPad !== 'NOTSET') return false;
  const pads = [...kernel.map((_, axis) => padBegin(window, 0, axis)), ...window.padsEnd];
  const average = node.op === 'AveragePool' ? { count_include_pad: node.int('count_include_pad', 0) } : {};
  const values = { kernel_shape: kernel, strides: window.strides, dilations: window.dilations, pads, ...average };
  return site.done(site.blockedOp(node.op, [site.blocked(0)], values));
};

/** Windows beside each other: as in lower/portable, on views that keep the block as the last axis. */
export const maxPoolGradient: BlockedRule = (site) => {
  const kernel = site.ints('kernel_shape');
  const shape = site.inputShape(1);
  const beside = kernel.every((size, axis) => size === site.ints('strides')[axis] && shape[axis + 2]! % size === 0);
  if (shape.length !== 4 || !beside || site.ints('pads').some((pad) => pad !== 0)) return false;
  return site.done(spread(site, kernel as [number, number]));
};

function spread(site: BlockedSite, [kh, kw]: readonly [number, number]): string {
  const [n, channels, height, width] = site.forms.blockedShape(site.input(1)) as [number, number, number, number];
  const { block } = site;
  const outer = (n * channels) / block;
  const apart = [outer, height / kh, kh, width / kw, kw, block];
  const windows = [outer, height / kh, 1, width / kw, 1, block];
  const difference = site.emit('Sub', [site.reshape(site.blocked(1), apart), site.reshape(site.blocked(2), windows)]);
  // 1 where an element equals the largest of its window, 0 where it is smaller by anything.
  const mask = site.emit('HardSigmoid', [difference], { alpha: steep, beta: one });
  const winners = site.emit('ReduceSum', [mask, site.indices([2, 4])], { keepdims: 1 });
  const share = site.emit('Div', [site.reshape(site.blocked(0), windows), winners]);
  return site.reshape(site.emit('Mul', [mask, share]), [n, channels, height, width]);
}

const steep = { kind: 'float', value: 1e30 } as const;
const one = { kind: 'float', value: 1 } as const;
