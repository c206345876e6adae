import { Type } from '@sinclair/typebox';
import type { LossDeclaration } from './declaration.ts';
import { logitsOf } from './classifier.ts';
import type { Loss } from './loss.ts';

export interface CrossEntropySettings {
  /** Part of the target that is spread evenly over all classes, 0 to 1 (Szegedy et al. 2016, section 7). */
  readonly smoothing?: number;
  /** One factor a class. */
  readonly classWeights?: readonly number[];
}

/**
 * −Σ target · log softmax(logits), mean over the batch (with class weights: weighted mean, as PyTorch's). A model that ends in Softmax is taken before it.
 * Throws `training.no-classes`.
 */
export const crossEntropy = ({ smoothing = 0, classWeights }: CrossEntropySettings = {}): Loss => ({
  name: 'cross-entropy',
  build(site) {
    const { name, shape } = logitsOf(site);
    const [batch, classes] = shape as [number, number];
    const logs = site.emit('LogSoftmax', [name], { axis: 1 });
    const labels = site.labels(classes);
    const smooth = (target: string): string =>
      site.emit('Add', [site.emit('Mul', [target, site.number(1 - smoothing)]), site.number(smoothing / classes)]);
    const target = smoothing === 0 ? labels : smooth(labels);
    const weights = classWeights && site.constant([classes], Float32Array.from(classWeights));
    const terms = site.emit('Mul', [logs, weights === undefined ? target : site.emit('Mul', [target, weights])]);
    const total = site.emit('ReduceSum', [terms], { keepdims: 0 });
    if (weights === undefined) return site.emit('Mul', [total, site.number(-1 / batch)]);
    const norm = site.emit('ReduceSum', [site.emit('Mul', [labels, weights])], { keepdims: 0 });
    return site.emit('Neg', [site.emit('Div', [total, norm])]);
  },
});

export const crossEntropyLoss = {
  name: 'cross-entropy',
  summary: 'Minus the logarithm of what the model gives to the right class.',
  parameters: Type.Object({}),
  compares: 'labels',
  make: (_settings, { smoothing = 0, classWeights }) => crossEntropy({ smoothing, ...(classWeights ? { classWeights } : {}) }),
} satisfies LossDeclaration;
