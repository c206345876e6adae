import type { Context } from '../base/context.ts';
import { encodeModel } from '../onnx/codec.ts';
import type { Node } from '../onnx/graph.ts';
import type { Runtime, RuntimeTensor, Session } from '../runtime/runtime.ts';
import { momentModel } from './moment-graph.ts';
import { joined, sameDims } from './laid-samples.ts';
import { sumOf, type LayerSample } from './layer-sample.ts';
import { rowPicker, type RowPicker } from './picked-rows.ts';
import type { SecondMoment } from './second-moment.ts';

/** Pictures whose products ONNX Runtime adds up in one go: what leaves it is [depth, depth] a layer, however many there were. */
const together = 8;

interface Laid {
  readonly input: RuntimeTensor;
  readonly target: RuntimeTensor;
}

export interface ProbeRequest {
  readonly node: Node;
  /** Of the weights. */
  readonly dims: readonly number[];
  readonly moment: SecondMoment;
  /** Positions of the layer's output that are looked at in one picture, about. */
  readonly positions: number;
  readonly runtime: Runtime;
  readonly context: Context;
}

/**
 * Gathers a layer's second moment. Pictures are reduced to some of their output rows (picked-rows.ts), and a few at a time ONNX Runtime
 * multiplies what the layer reads there by itself and by what it should give. Memory: the moment, and the picked rows of `together`
 * pictures, unfolded.
 */
export class MomentProbe {
  readonly #request: ProbeRequest;
  readonly #picker: RowPicker | undefined;
  readonly #waiting: Laid[] = [];
  #session: Session | undefined;

  constructor(request: ProbeRequest) {
    const { node, dims, positions } = request;
    this.#request = request;
    this.#picker = node.op === 'Conv' ? rowPicker(node, dims, positions) : undefined;
  }

  /** `index`: the picture's place in the dataset; the rows that are looked at move on with it. */
  async add(sample: LayerSample, index: number): Promise<void> {
    const picked = this.#picker?.pick(sample, index) ?? { input: sumOf([sample.input]), target: sumOf(sample.target) };
    const [first] = this.#waiting;
    if (first && !(sameDims(first.input, picked.input) && sameDims(first.target, picked.target))) await this.finish();
    this.#waiting.push(picked);
    if (this.#waiting.length === together) await this.finish();
  }

  /** Adds what still waits. */
  async finish(): Promise<void> {
    const samples = this.#waiting.splice(0);
    if (samples.length === 0 || (await this.#measure(samples)) || samples.length === 1) return;
    // Something was not finite: each picture by itself, so that only that one is left out.
    for (const sample of samples) await this.#measure([sample]);
  }

  async dispose(): Promise<void> {
    await this.#session?.dispose();
    this.#session = undefined;
  }

  async #measure(samples: readonly Laid[]): Promise<boolean> {
    const { node, dims, moment, runtime, context } = this.#request;
    if (!this.#session) {
      const bytes = encodeModel(momentModel(node, dims, moment.shape, this.#picker !== undefined));
      this.#session = await runtime.load(bytes, { optimize: 'all', threads: context.threads });
    }
    const target = joined(samples.map((sample) => sample.target));
    const found = sumsIn(await this.#session.run({ input: joined(samples.map(({ input }) => input)), target }));
    const { groups, outputs } = moment.shape;
    const positions = target.dims.reduce((a, b) => a * b, 1) / (groups * outputs);
    return moment.add(found, { pictures: samples.length, positions });
  }
}

type Sums = Record<'products' | 'inputs' | 'cross' | 'targets' | 'squares', Float32Array>;

const sumsIn = (found: Readonly<Record<string, RuntimeTensor>>): Sums =>
  Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, data])) as Sums;
