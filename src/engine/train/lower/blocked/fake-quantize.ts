import { inside, rounded, scaleGradient, withinRange } from '../portable/fake-quantize.ts';
import type { BlockedRule, BlockedSite } from './site.ts';

/** Activations with one scale: elementwise in either form. Zeros behind the last channel stay zero. */
const applies = (site: BlockedSite, picture: number): boolean =>
  site.node.int('axis', -1) < 0 && site.inputShape(picture).length === 4 && site.forms.isBlocked(site.input(picture));

export const fakeQuantize: BlockedRule = (site) => applies(site, 0) && site.done(rounded(site, site.blocked(0), site.input(1)));

/** Sums of products as a product of a row with a column: in parallel, and without the product in memory. */
export const fakeQuantizeGradient: BlockedRule = (site) => {
  if (!applies(site, 1)) return false;
  const [dy, x, y, scale] = [site.blocked(0), site.blocked(1), site.blocked(2), site.input(3)];
  const dx = site.emit('Mul', [dy, inside(site, x, scale)]);
  site.done(dx);
  if (site.node.int('learns', 0) === 0) return true;
  const size = site.forms.blockedShape(site.input(1)).reduce((product, dim) => product * dim, 1);
  const dot = (a: string, b: string): string => site.emit('MatMul', [site.reshape(a, [1, size]), site.reshape(b, [size, 1])]);
  const total = site.emit('Sub', [dot(dy, y), dot(dx, withinRange(site, x, y))]);
  return site.donePlain(scaleGradient(site, total, scale, site.inputShape(3)), 1);
};
