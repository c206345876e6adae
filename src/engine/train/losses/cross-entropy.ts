import type { Loss } from './loss.ts';

export interface CrossEntropySettings {
  /** Part of the target that is spread evenly over all classes, 0 to 1 (Szegedy et al. 2016, section 7). */
  readonly smoothing?: number;
  /** One factor a class. */
  readonly classWeights?: readonly number[];
}

/** −Σ target · log softmax(logits), mean over the batch (with class weights: weighted mean, as PyTorch's). */
export const crossEntropy = ({ smoothing = 0, classWeights }: CrossEntropySettings = {}): Loss => ({
  name: 'cross-entropy',
  build(site) {
    const [{ name, shape }] = site.outputs as [(typeof site.outputs)[number]];
    const batch = shape[0]!;
    const classes = shape.reduce((product, size) => product * size, 1) / batch;
    const logits = shape.length === 2 ? name : site.emit('Reshape', [name, site.indices([batch, classes])]);
    const logs = site.emit('LogSoftmax', [logits], { axis: 1 });
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
