import type { LossSite } from './loss.ts';

const divided = (site: LossSite, value: string, by: number): string => (by === 1 ? value : site.emit('Mul', [value, site.number(1 / by)]));
const total = (site: LossSite, value: string): string => site.emit('ReduceSum', [value], { keepdims: 0 });

/**
 * T² · Σ p (log p − log q) over all elements, p and q the softmax of wanted and found logits over T along `axis`: Kullback-Leibler divergence on softened
 * answers (Hinton, Vinyals and Dean 2015, arXiv:1503.02531, section 2.1; T² keeps the size of the gradients).
 */
export function classDivergence(site: LossSite, found: string, wanted: string, axis: number, temperature: number): string {
  const logs = (value: string): string => site.emit('LogSoftmax', [divided(site, value, temperature)], { axis });
  const [p, q] = [logs(wanted), logs(found)];
  const sum = total(site, site.emit('Mul', [site.emit('Exp', [p]), site.emit('Sub', [p, q])]));
  return temperature === 1 ? sum : site.emit('Mul', [sum, site.number(temperature ** 2)]);
}

/**
 * Σ p (log p − log q) + (1 − p) (log(1 − p) − log(1 − q)), p and q the sigmoids of wanted and found: divergence of scores that stand for themselves,
 * by element, of the same shape.
 */
export function scoreDivergence(site: LossSite, found: string, wanted: string): string {
  const log = (value: string): string => site.emit('Neg', [site.emit('Softplus', [site.emit('Neg', [value])])]);
  const logOfRest = (value: string): string => site.emit('Neg', [site.emit('Softplus', [value])]);
  const p = site.emit('Sigmoid', [wanted]);
  const yes = site.emit('Mul', [p, site.emit('Sub', [log(wanted), log(found)])]);
  const rest = site.emit('Sub', [site.number(1), p]);
  return site.emit('Add', [yes, site.emit('Mul', [rest, site.emit('Sub', [logOfRest(wanted), logOfRest(found)])])]);
}
