import { throwIfCancelled } from '../../base/errors.ts';
import { TensorStore, type MemoryBudget } from '../../layerwise/tensor-store.ts';
import { encodeModel } from '../../onnx/codec.ts';
import { DataType } from '../../onnx/data-type.ts';
import type { RuntimeTensor, Session } from '../../runtime/runtime.ts';
import { joined, sameDims } from '../../statistics/laid-samples.ts';
import { sumOf, type LayerSample, type Term } from '../../statistics/layer-sample.ts';
import { residualModel, type OpenRange } from '../../statistics/moment-graph.ts';
import { rowPicker, type RowPicker } from '../../statistics/picked-rows.ts';
import { positionsOf } from './moments.ts';
import type { Product } from './product.ts';
import type { CompensationDependencies } from './types.ts';

/** Pictures whose products ONNX Runtime adds up in one go. */
const together = 8;

/** What the layer's outputs lack behind their activation function, with some weights: means over pictures. */
export interface Residuals {
  /** E[x rᵀ], [groups, depth, outputs]. */
  readonly cross: Float64Array;
  /** E[r], [groups, outputs]. */
  readonly means: Float64Array;
  /** E[r²], summed over the outputs. */
  readonly error: number;
}

interface Laid {
  readonly input: RuntimeTensor;
  readonly target: RuntimeTensor;
  readonly skip: RuntimeTensor;
}

/**
 * Keeps what a layer reads and should give in some pictures, and tells for any weights what their outputs lack. Memory: `budget`, what does not fit
 * waits in a temporary file.
 */
export class LayerResiduals {
  readonly #picker: RowPicker | undefined;
  readonly #store: TensorStore;
  readonly #waiting: Laid[] = [];
  #session: Session | undefined;

  constructor(
    readonly product: Product,
    readonly range: OpenRange,
    readonly dependencies: CompensationDependencies,
    budget: MemoryBudget,
  ) {
    const { node, dims } = product;
    this.#picker = node.op === 'Conv' ? rowPicker(node, dims, positionsOf(dependencies)) : undefined;
    this.#store = new TensorStore(budget);
  }

  /** `skip`: what the pruned model adds to the layer's output before the activation function. The sample's target lacks it. */
  async add(sample: LayerSample, skip: Term | undefined, index: number): Promise<void> {
    const laid = this.#laid(sample, skip, index);
    const [first] = this.#waiting;
    if (first && !(sameDims(first.input, laid.input) && sameDims(first.target, laid.target))) await this.#flush();
    this.#waiting.push(laid);
    if (this.#waiting.length === together) await this.#flush();
  }

  /** `weights`: [groups * outputs, depth]; `offsets`: by output. Pictures that give something that is not finite are passed over. */
  async measure(weights: Float64Array, offsets: Float64Array): Promise<Residuals> {
    await this.#flush();
    const { node, dims, shape } = this.product;
    const { groups, depth, outputs } = shape;
    const { runtime, context } = this.dependencies;
    if (!this.#session) {
      const bytes = encodeModel(residualModel(node, dims, shape, this.#picker !== undefined, this.range));
      this.#session = await runtime.load(bytes, { optimize: 'all', threads: context.threads });
    }
    const given = {
      weights: float([groups, outputs, depth], weights),
      bias: float([groups, outputs, 1], offsets),
    };
    const cross = new Float64Array(groups * depth * outputs);
    const means = new Float64Array(groups * outputs);
    let error = 0;
    let pictures = 0;
    for (let at = 0; at < this.#store.length; at++) {
      throwIfCancelled(context.signal);
      const { input, target, skip } = await this.#store.read(at);
      const found = await this.#session.run({ input: input!, target: target!, skip: skip!, ...given });
      const squares = (found['squares']!.data as Float32Array).reduce((a, b) => a + b, 0);
      if (!Number.isFinite(squares)) continue;
      const count = input!.dims[0]!;
      const share = (count * groups * outputs) / target!.dims.reduce((a, b) => a * b, 1);
      addTo(cross, found['cross']!.data as Float32Array, share);
      addTo(means, found['targets']!.data as Float32Array, share);
      error += squares * share;
      pictures += count;
    }
    const mean = (values: Float64Array): Float64Array => values.map((value) => value / Math.max(1, pictures));
    return { cross: mean(cross), means: mean(means), error: error / Math.max(1, pictures) };
  }

  async dispose(): Promise<void> {
    await this.#session?.dispose();
    this.#session = undefined;
    await this.#store.dispose();
  }

  #laid(sample: LayerSample, skip: Term | undefined, index: number): Laid {
    const picked = this.#picker?.pick(sample, index) ?? { input: sumOf([sample.input]), target: sumOf(sample.target) };
    if (!skip) return { ...picked, skip: { ...picked.target, data: new Float32Array((picked.target.data as Float32Array).length) } };
    const beside = { input: sample.input, target: [skip] };
    return { ...picked, skip: this.#picker?.pick(beside, index).target ?? sumOf([skip]) };
  }

  async #flush(): Promise<void> {
    const laid = this.#waiting.splice(0);
    if (laid.length === 0) return;
    const all = (name: keyof Laid): RuntimeTensor => joined(laid.map((sample) => sample[name]));
    await this.#store.add({ input: all('input'), target: all('target'), skip: all('skip') });
  }
}

const float = (dims: readonly number[], values: Float64Array): RuntimeTensor => ({
  type: DataType.float32,
  dims,
  data: Float32Array.from(values),
});

function addTo(sums: Float64Array, values: Float32Array, share: number): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += values[i]! * share;
}
