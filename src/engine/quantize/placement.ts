import type { Graph, Node, Use } from '../onnx/graph.ts';
import type { ComputeNode, NodeClass } from './classify.ts';
import type { NotQuantized } from './types.ts';

/** A node that runs on integers. */
export interface IntegerNode {
  readonly node: Node;
  readonly kind: 'compute' | 'integer' | 'joined' | 'same-scale';
  readonly compute?: ComputeNode;
  /** Operands that are quantized, by index; weights and biases not among them. */
  readonly inputs: readonly number[];
  /** The value that is quantized behind it: its output, or that of the Relu or Clip that melts into it. */
  readonly output: string;
}

/** Where Q/DQ pairs go in one graph. */
export interface Placement {
  /** In graph order. */
  readonly integerNodes: readonly IntegerNode[];
  /** Compute nodes that keep float activations but get rounded weights. */
  readonly weightsOnly: readonly { readonly node: Node; readonly compute: ComputeNode }[];
  /** Values with a Q/DQ pair, in graph order; constants not among them. */
  readonly values: readonly string[];
  /** Those that integer nodes make: every reader takes them dequantized. Others are quantized for integer readers only. */
  readonly made: ReadonlySet<string>;
  /** Sets of values that must have one scheme, because a node moves elements between them. Values not listed stand alone. */
  readonly tied: readonly (readonly string[])[];
  /** By value: bounds of the Relu or Clip that melts into its maker. The scheme must not reach beyond them. */
  readonly bounds: ReadonlyMap<string, { readonly low: number; readonly high: number }>;
  readonly notQuantized: readonly NotQuantized[];
}

/**
 * Decides which values of a graph are quantized so that ONNX Runtime finds integer kernels: every operand and the result of an
 * integer node gets a Q/DQ pair, a Relu or Clip behind it melts into the result's range, nodes that move elements run on
 * integers between quantized neighbours. `melt` false keeps every Relu: a symmetric scheme reaches below zero. `fuses`: whether the
 * target computes a node in the same pass as the maker of its operand, and rounds once behind both.
 */
export function place(graph: Graph, classOf: (node: Node) => NodeClass, melt: boolean, fuses?: Fuses): Placement {
  const nodes = graph.topologicalOrder();
  const classes = new Map(nodes.map((node) => [node, classOf(node)]));
  const work = new Placer(graph, classes, melt, fuses);
  for (const node of nodes) work.seed(node);
  work.spread(nodes);
  return work.finish(nodes);
}

export type Fuses = (maker: Node, next: Node) => boolean;

class Placer {
  readonly #integer = new Map<Node, IntegerNode>();
  readonly #weightsOnly: { node: Node; compute: ComputeNode }[] = [];
  readonly #melted = new Set<Node>();
  readonly #quantized = new Set<string>();
  readonly #made = new Set<string>();
  readonly #bounds = new Map<string, { low: number; high: number }>();

  constructor(
    readonly graph: Graph,
    readonly classes: ReadonlyMap<Node, NodeClass>,
    readonly melt: boolean,
    readonly fuses?: Fuses,
  ) {}

  /** Convolutions and matrix products ask for their operands and quantize their result, whatever is around them. */
  seed(node: Node): void {
    const found = this.classes.get(node)!;
    if (found.kind !== 'compute') return;
    if (found.settings.activations === 'float') this.#weightsOnly.push({ node, compute: found });
    else this.#activate(node, 'compute', this.#activations(node, found), found);
  }

  /** Carries quantization along the other nodes, until nothing changes. */
  spread(nodes: readonly Node[]): void {
    // Forwards and backwards in turn: a chain is done in one go, whichever way it is reached.
    const order = [...nodes];
    for (let changed = true; changed; order.reverse()) {
      changed = false;
      for (const node of order) {
        if (this.#integer.has(node)) continue;
        const found = this.classes.get(node)!;
        if (found.kind === 'same-scale' && (this.#wanted(node) || this.#made.has(node.inputs[found.input]!))) {
          this.#activate(node, 'same-scale', [found.input]);
        } else if ((found.kind === 'integer' || found.kind === 'joined') && this.#gains(node, found)) {
          this.#activate(node, found.kind, found.inputs);
        } else continue;
        changed = true;
      }
    }
  }

  #wanted(node: Node): boolean {
    return node.outputs.some((output) => this.#quantized.has(output));
  }

  /**
   * Add, Mul, pooling and the like run on integers where their operands come from integers anyway: rounding a float operand of full
   * size for their sake costs more than it gains, and would break up what the runtime fuses in float (Gelu). A Concat also does where an
   * integer node reads its result; but not for readers in float alone: a detector's last Concat may join boxes and scores.
   */
  #gains(node: Node, found: NodeClass & { kind: 'integer' | 'joined' }): boolean {
    const varying = found.inputs.filter((index) => !this.graph.constant(node.inputs[index]!));
    const isMade = (index: number): boolean => this.#made.has(node.inputs[index]!);
    if (found.kind === 'integer') return varying.some(isMade) && varying.every((index) => isMade(index) || found.small.has(index));
    const forIntegers = (use: Use): boolean => ['compute', 'integer'].includes(this.classes.get(use.node)!.kind);
    return this.#wanted(node) || (varying.every(isMade) && this.graph.users(node.outputs[0]!).some(forIntegers));
  }

  finish(nodes: readonly Node[]): Placement {
    const notQuantized: NotQuantized[] = [];
    for (const node of nodes) {
      const reason = this.#reason(node);
      if (reason !== undefined) notQuantized.push({ name: node.label, op: node.qualifiedOp, reason });
    }
    const order = [...this.graph.inputs.map((input) => input.name), ...nodes.flatMap((node) => node.outputs)];
    return {
      integerNodes: nodes.flatMap((node) => this.#integer.get(node) ?? []),
      weightsOnly: this.#weightsOnly,
      values: order.filter((value) => this.#quantized.has(value)),
      made: this.#made,
      tied: this.#tied(),
      bounds: this.#bounds,
      notQuantized,
    };
  }

  #activations(node: Node, { role }: ComputeNode): number[] {
    return this.graph.constant(node.inputs[role.weight]!) ? [role.activation] : [role.activation, role.weight];
  }

  #activate(node: Node, kind: IntegerNode['kind'], inputs: readonly number[], compute?: ComputeNode): void {
    const output = kind === 'same-scale' ? node.outputs[0]! : this.#behindClamps(node);
    this.#integer.set(node, { node, kind, compute, inputs, output });
    for (const index of inputs) {
      const value = node.inputs[index]!;
      if (!this.graph.constant(value)) this.#quantized.add(value);
    }
    for (const value of kind === 'same-scale' ? node.outputs.filter((name) => name !== '') : [output]) {
      this.#quantized.add(value);
      this.#made.add(value);
    }
  }

  /**
   * Follows the node's only reader while it is a Relu or Clip that the QuantizeLinear behind it can stand for: one that begins at zero,
   * where the integers begin too. A zero point in the middle is rounded, and would not saturate exactly at the bounds.
   */
  #behindClamps(node: Node): string {
    let output = node.outputs[0]!;
    for (let next = this.#fused(node, output); next; next = this.#fused(node, output)) {
      this.#melted.add(next);
      output = next.outputs[0]!;
    }
    while (this.melt && !this.graph.isOutput(output)) {
      const uses = this.graph.users(output);
      const [use] = uses;
      const clamp = use && uses.length === 1 && use.index >= 0 ? this.classes.get(use.node) : undefined;
      if (clamp?.kind !== 'clamp' || clamp.input !== use!.index || clamp.low !== 0 || clamp.high <= 0) break;
      const before = this.#bounds.get(output);
      this.#melted.add(use!.node);
      output = use!.node.outputs[0]!;
      this.#bounds.set(output, {
        low: Math.max(clamp.low, before?.low ?? -Infinity),
        high: Math.min(clamp.high, before?.high ?? Infinity),
      });
    }
    return output;
  }

  /** The only reader of a value, where the target computes it together with the maker. */
  #fused(maker: Node, value: string): Node | undefined {
    const uses = this.graph.users(value);
    const [use] = uses;
    if (!this.fuses || !use || uses.length !== 1 || use.index < 0 || this.graph.isOutput(value)) return undefined;
    return !this.#integer.has(use.node) && this.fuses(maker, use.node) ? use.node : undefined;
  }

  #tied(): string[][] {
    const parent = new Map<string, string>();
    const root = (value: string): string => {
      let at = value;
      for (let up = parent.get(at); up !== undefined; up = parent.get(at)) at = up;
      return at;
    };
    for (const { node, kind, inputs } of this.#integer.values()) {
      if (kind !== 'same-scale') continue;
      for (const output of node.outputs) {
        const [from, to] = [root(node.inputs[inputs[0]!]!), root(output)];
        if (output !== '' && from !== to) parent.set(to, from);
      }
    }
    const sets = new Map<string, string[]>();
    for (const value of new Set([...parent.keys(), ...parent.values()])) {
      const at = root(value);
      const set = sets.get(at);
      if (set) set.push(value);
      else sets.set(at, [value]);
    }
    return [...sets.values()];
  }

  /** Why a node runs in float; undefined for those that don't, or that hold nothing to quantize. */
  #reason(node: Node): string | undefined {
    const found = this.classes.get(node)!;
    if (this.#integer.has(node) || this.#melted.has(node) || found.kind === 'none') return undefined;
    if (found.kind === 'float') return found.reason;
    if (found.kind === 'compute') return 'only its weights are rounded: activations: float';
    if (found.kind === 'clamp') return 'not behind a node that runs on integers';
    return found.kind === 'joined' ? 'no integer kernel reads its result' : 'its operands do not come from integer kernels';
  }
}
