import { DataType } from '../../onnx/data-type.ts';
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
  needs: ['labels'],
  build(site) {
    const [{ name, shape }] = site.outputs as [(typeof site.outputs)[number]];
    const [batch, classes] = [shape[0]!, shape.at(-1)!];
    const labels = site.input({ name: 'labels', type: { kind: 'tensor', elementType: DataType.int64, shape: [batch] } });
    const logits = shape.length === 2 ? name : site.emit('Reshape', [name, site.indices([batch, classes])]);
    const logs = site.emit('LogSoftmax', [logits], { axis: 1 });
    const values = site.constant([2], Float32Array.of(smoothing / classes, 1 - smoothing + smoothing / classes));
    const target = site.emit('OneHot', [labels, site.indices([classes]), values], { axis: 1 });
    const weights = classWeights && site.constant([classes], Float32Array.from(classWeights));
    const terms = site.emit('Mul', [logs, weights === undefined ? target : site.emit('Mul', [target, weights])]);
    const total = site.emit('ReduceSum', [terms], { keepdims: 0 });
    if (weights === undefined) return site.emit('Mul', [total, site.number(-1 / batch)]);
    const norm = site.emit('ReduceSum', [site.emit('Gather', [weights, labels])], { keepdims: 0 });
    return site.emit('Neg', [site.emit('Div', [total, norm])]);
  },
});
