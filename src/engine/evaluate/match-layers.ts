import { LatheError } from '../base/errors.ts';
import type { Graph, Model, Node } from '../onnx/graph.ts';

/** A layer that two models have, and the values to compare: its output as later layers read it. */
export interface MatchedLayer {
  /** Names of the layer in the two models. */
  readonly a: string;
  readonly b: string;
  readonly op: string;
  readonly valueA: string;
  readonly valueB: string;
}

/** Nodes that change how a value is stored, not what it is: quantizers put them in, exporters leave them. */
const inserted = new Set(['QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear', 'Cast', 'Identity', 'Constant']);
/** Nodes that melt into the layer before them. */
const fusable = new Set(['BatchNormalization', 'Relu', 'Clip', 'LeakyRelu', 'Sigmoid', 'HardSigmoid', 'HardSwish', 'Mul', 'Add']);
/** Metadata key in which Lathe's models keep the names that layers had; see pipeline/metadata.ts. */
const namesKey = 'lathe.names';
/** Unmatched nodes of both models are aligned up to this many pairs. */
const mostPairs = 4_000_000;

export const isLayer = (node: Node): boolean => !inserted.has(node.op);

/**
 * Pairs the layers of two models: by the name of a value they make, by the layer's name (or the name it had before, from the metadata),
 * and what is left by aligning operators and shapes along the graphs. Nodes that were fused into a layer, and Q/DQ pairs behind it, are
 * walked through, so that what is compared means the same in both. In the order of `b`.
 */
export function matchLayers(a: Model, b: Model): MatchedLayer[] {
  const matcher = new Matcher(a.graph, b.graph, renamed(b));
  return matcher.match();
}

/** From a layer's name in `model` to the one it had. Throws `model.metadata` for an entry that is no map. */
function renamed(model: Model): ReadonlyMap<string, string> {
  const text = model.metadata.get(namesKey);
  if (text === undefined) return new Map();
  try {
    const names: unknown = JSON.parse(text);
    if (typeof names === 'object' && names !== null)
      return new Map(Object.entries(names).flatMap(([old, now]) => (typeof now === 'string' ? [[now, old]] : [])));
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
  }
  throw new LatheError('model.metadata', `the metadata entry ${namesKey} is no map of names`, { file: model.path });
}

/** A layer of `a` and one of `b`, and a value of `a` that the latter makes. */
interface Pair {
  readonly a: Node;
  readonly b: Node;
  readonly value: string;
}

class Matcher {
  readonly #layersA: readonly Node[];
  readonly #layersB: readonly Node[];
  readonly #byLabelA: ReadonlyMap<string, Node>;
  readonly #pairs = new Map<Node, Pair>();
  /** Layers of `a` that have a partner. */
  readonly #kept = new Set<Node>();

  constructor(
    readonly a: Graph,
    readonly b: Graph,
    readonly oldNames: ReadonlyMap<string, string>,
  ) {
    this.#layersA = a.topologicalOrder().filter(isLayer);
    this.#layersB = b.topologicalOrder().filter(isLayer);
    this.#byLabelA = new Map(this.#layersA.map((node) => [node.label, node]));
  }

  match(): MatchedLayer[] {
    for (const node of this.#layersB) this.#keep(this.#byValue(node) ?? this.#byName(node));
    for (const pair of this.#aligned()) this.#keep(pair);
    const taken = new Set<string>();
    return this.#layersB.flatMap((node) => {
      const pair = this.#pairs.get(node);
      const valueA = pair && this.#throughFused(pair.value);
      if (!pair || valueA === undefined || taken.has(valueA)) return [];
      taken.add(valueA);
      return [{ a: pair.a.label, b: node.label, op: pair.a.op, valueA, valueB: settled(this.b, node.outputs[0] ?? '') }];
    });
  }

  #keep(pair: Pair | undefined): void {
    if (!pair) return;
    this.#pairs.set(pair.b, pair);
    this.#kept.add(pair.a);
  }

  /** The two models call the layer's output the same, before or behind its Q/DQ pair. */
  #byValue(node: Node): Pair | undefined {
    const made = node.outputs[0] ?? '';
    const value = [made, settled(this.b, made)].find((candidate) => candidate !== '' && this.a.producer(candidate));
    if (value === undefined) return undefined;
    const owner = this.#byLabelA.get(this.#oldName(node));
    const producer = this.a.producer(value)!;
    // Where a normalization was folded, the layer has its name still and the normalization's output.
    return { a: owner && reaches(this.a, owner, producer) ? owner : producer, b: node, value };
  }

  #byName(node: Node): Pair | undefined {
    const same = this.#byLabelA.get(this.#oldName(node));
    return same && plainOp(same) === plainOp(node) ? { a: same, b: node, value: same.outputs[0] ?? '' } : undefined;
  }

  #oldName = (node: Node): string => this.oldNames.get(node.label) ?? node.label;

  /** Follows `a` through nodes that the other model does not have any more: folded normalizations, activations in a Q/DQ pair's range. */
  #throughFused(value: string): string {
    let at = value;
    for (;;) {
      const users = this.a.users(at);
      const next = users.length === 1 && !this.a.isOutput(at) ? users[0]!.node : undefined;
      const gone = next && fusable.has(next.op) && !this.#kept.has(next) && !this.b.producer(next.outputs[0] ?? '');
      if (!next || !gone || next.inputs.some((input) => input !== at && input !== '' && !this.a.constant(input)))
        return settled(this.a, at);
      at = next.outputs[0] ?? '';
    }
  }

  /** Longest common subsequence of what has no partner on either side, by operator and weight shapes. */
  #aligned(): Pair[] {
    const values = new Set([...this.#pairs.values()].map((pair) => pair.value));
    const restA = this.#layersA.filter((node) => !this.#kept.has(node) && !values.has(node.outputs[0] ?? ''));
    const restB = this.#layersB.filter((node) => !this.#pairs.has(node));
    if (restA.length * restB.length > mostPairs) return [];
    const pairs = commonSubsequence(
      restA.map((node) => signature(this.a, node)),
      restB.map((node) => signature(this.b, node)),
    );
    return pairs.map(([i, j]) => ({ a: restA[i]!, b: restB[j]!, value: restA[i]!.outputs[0] ?? '' }));
  }
}

/** The value behind the Q/DQ pair that `value` goes through, if it does. */
function settled(graph: Graph, value: string): string {
  const quantize = graph.users(value).find(({ node, index }) => node.op === 'QuantizeLinear' && index === 0)?.node;
  const stored = quantize?.outputs[0];
  const dequantize = stored === undefined ? undefined : graph.users(stored).find(({ node }) => node.op === 'DequantizeLinear')?.node;
  return dequantize?.outputs[0] ?? value;
}

/** Whether `to` is `from` or comes behind it through single readers. */
function reaches(graph: Graph, from: Node, to: Node): boolean {
  let node: Node | undefined = from;
  for (let step = 0; node && step < 4; step++) {
    if (node === to) return true;
    const users = graph.users(node.outputs[0] ?? '');
    node = users.length === 1 ? users[0]!.node : undefined;
  }
  return false;
}

/** QLinearConv and ConvInteger are convolutions. */
const plainOp = (node: Node): string => node.op.replace(/^QLinear|Integer$/g, '');

function signature(graph: Graph, node: Node): string {
  const weights = node.inputs.slice(1).flatMap((input) => {
    const source = graph.producer(input);
    const tensor = graph.constant(source?.op === 'DequantizeLinear' ? (source.inputs[0] ?? '') : input);
    return tensor && tensor.dims.length > 1 ? [tensor.dims.join('x')] : [];
  });
  return `${plainOp(node)} ${weights.join(' ')}`;
}

function commonSubsequence(a: readonly string[], b: readonly string[]): [number, number][] {
  const width = b.length + 1;
  const length = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      length[i * width + j] =
        a[i] === b[j] ? length[(i + 1) * width + j + 1]! + 1 : Math.max(length[(i + 1) * width + j]!, length[i * width + j + 1]!);
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (length[(i + 1) * width + j]! >= length[i * width + j + 1]!) i++;
    else j++;
  }
  return pairs;
}
