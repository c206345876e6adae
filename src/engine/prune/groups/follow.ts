import { compositionOf } from '../../chain/split.ts';
import type { Dim, Graph, Model, Node } from '../../onnx/graph.ts';
import type { Tensor } from '../../onnx/tensor.ts';
import { Atoms } from '../../ops/channels/atoms.ts';
import { type Block, blockAlong, blockLimit, productOf } from '../../ops/channels/block.ts';
import type { Channels } from '../../ops/channels/rule.ts';
import { findOperator, versionOf } from '../../ops/index.ts';
import type { Shapes } from '../../ops/infer.ts';
import { countsBeyondShapes, sourceOf } from './shape-operand.ts';

/** What is known of every value after a walk through the graph. */
export interface Followed {
  readonly atoms: Atoms;
  /** Blocks of every value that has some, in the order in which they were found; constants too. */
  readonly blocks: ReadonlyMap<string, readonly Block[]>;
  /** Values that are computed from constants alone, constants among them. */
  readonly constants: ReadonlySet<string>;
  /** Axes along which a value is not cut, where its channels lie on several. */
  readonly held: ReadonlyMap<string, ReadonlySet<number>>;
}

/** Names may be of any length; hosts make odd characters visible. */
const short = (label: string): string => (label.length > 80 ? `${label.slice(0, 79)}…` : label);

/** "Conv 'stem'" */
export const nodeTitle = (node: Node): string => `${short(node.qualifiedOp)} '${short(node.label)}'`;

/**
 * Follows channels from the layers that make them to those that read them: every axis of every constant begins as atoms of its own, each operator's rule unites what
 * belongs together. Throws `graph.cycle`.
 */
export function followChannels(model: Model, shapes: Shapes): Followed {
  return new Walk(model, shapes).run();
}

class Walk {
  readonly #atoms = new Atoms();
  readonly #blocks = new Map<string, readonly Block[]>();
  readonly #constants = new Set<string>();
  readonly #held = new Map<string, Set<number>>();
  readonly #fixed = new Map<string, string>();
  readonly #graph: Graph;

  constructor(
    readonly model: Model,
    readonly shapes: Shapes,
  ) {
    this.#graph = model.graph;
  }

  run(): Followed {
    const graph = this.#graph;
    for (const [name, tensor] of graph.initializers) this.#addConstant(name, tensor.dims);
    for (const { name } of graph.requiredInputs) this.#fixed.set(name, `the model's input '${short(name)}'`);
    for (const node of graph.topologicalOrder()) this.#visit(node);
    for (const { name } of graph.outputs) this.#keep(this.#blocks.get(name) ?? [], { reason: `is an output of the model` });
    this.#keepSeams();
    return { atoms: this.#atoms, blocks: this.#blocks, constants: this.#constants, held: this.#held };
  }

  /** Models of a chain are taken apart again: what one hands to the next is as wide as both say. */
  #keepSeams(): void {
    for (const { alias, inputs, outputs } of compositionOf(this.model)?.links ?? []) {
      for (const { value } of outputs) this.#keep(this.#blocks.get(value) ?? [], { reason: `is an output of ${short(alias)}` });
      for (const { value, source = value } of inputs)
        for (const name of [value, source]) this.#keep(this.#blocks.get(name) ?? [], { reason: `is an input of ${short(alias)}` });
    }
  }

  #addConstant(name: string, dims: readonly number[]): void {
    this.#constants.add(name);
    this.#blocks.set(
      name,
      dims.map((size, axis) => blockAlong(axis, this.#atoms.fresh(size, true))),
    );
  }

  #keep(blocks: readonly Block[], pin: { reason: string; node?: Node }): void {
    for (const block of blocks) this.#atoms.pin(block.atoms, pin);
  }

  #visit(node: Node): void {
    for (const inner of node.graphs()) {
      for (const name of inner.captured()) this.#keep(this.#blocks.get(name) ?? [], { reason: `is read inside ${nodeTitle(node)}`, node });
    }
    const inputs = node.inputs.filter((name) => name !== '');
    const stored = this.#graph.constant(node.outputs[0] ?? '');
    if (stored && inputs.length === 0) {
      this.#addConstant(node.outputs[0]!, stored.dims);
      return;
    }
    if (inputs.length && inputs.every((name) => this.#constants.has(name))) for (const name of node.outputs) this.#constants.add(name);
    const outputs = this.#follow(node);
    node.outputs.forEach((name, index) => {
      if (name === '') return;
      const blocks = outputs[index] ?? [];
      if (blocks.length) this.#blocks.set(name, blocks);
      const isPlain = inputs.every((input) => this.#constants.has(input) || !this.#blocks.get(input)?.length);
      const reason = isPlain ? inputs.map((input) => this.#fixed.get(input)).find((each) => each !== undefined) : undefined;
      this.#fixed.set(name, reason ?? `the result of ${nodeTitle(node)}`);
    });
  }

  #follow(node: Node): readonly (readonly Block[] | undefined)[] {
    const rule = this.model.functions.length && this.#isFunction(node) ? undefined : findOperator(node, this.model)?.channels;
    const all = node.inputs.flatMap((name) => [...(this.#blocks.get(name) ?? [])]);
    if (!rule) {
      this.#keep(all, { reason: `goes into ${nodeTitle(node)}, through which channels are not followed`, node });
      return [];
    }
    const isKnown =
      node.inputs.every((name) => name === '' || this.#shape(name)) && node.outputs.every((name) => name === '' || this.#shape(name));
    if (!isKnown) {
      this.#keep(all, { reason: `goes into ${nodeTitle(node)}, whose shape is not known`, node });
      return [];
    }
    return rule.follow(this.#channels(node));
  }

  #isFunction(node: Node): boolean {
    return this.model.functions.some(({ name, domain }) => name === node.op && domain === node.domain);
  }

  #shape(name: string): readonly Dim[] | undefined {
    return this.shapes.of(name)?.shape;
  }

  #channels(node: Node): Channels {
    const nameOf = (input: number): string => node.inputs[input] ?? '';
    const constant = (input: number): Tensor | undefined => {
      const tensor = this.#graph.constant(nameOf(input));
      return tensor?.isLoaded ? tensor : undefined;
    };
    const numbers = (input: number): number[] | undefined => {
      const elements = this.shapes.of(nameOf(input))?.elements;
      return elements?.every((element) => typeof element === 'number') ? [...(elements as number[])] : undefined;
    };
    return {
      node,
      opset: versionOf(this.model.opsets, node.domain),
      atoms: this.#atoms,
      shape: (input) => this.#shape(nameOf(input)),
      outputShape: (output = 0) => this.#shape(node.outputs[output] ?? ''),
      numbers,
      constant,
      isConstant: (input) => this.#constants.has(nameOf(input)),
      blocks: (input) => this.#blocks.get(nameOf(input)) ?? [],
      fixedBy: (input) => this.#fixed.get(nameOf(input)) ?? 'what has no channels there',
      merge: (input, axes) => this.#merge(nameOf(input), axes),
      adapts: (input, element, own) => numbers(input) !== undefined || this.#adapts(nameOf(input), element, own),
      countsBeyondShapes: () =>
        countsBeyondShapes(this.#graph, this.shapes, node, new Set(this.#blocks.get(nameOf(0))?.flatMap(({ axes }) => axes))),
      isRead: (output) => {
        const name = node.outputs[output] ?? '';
        return name !== '' && (this.#graph.users(name).length > 0 || this.#graph.isOutput(name));
      },
      hold: (input, axis) => this.#held.set(nameOf(input), (this.#held.get(nameOf(input)) ?? new Set()).add(axis)),
      keep: (blocks, reason) => this.#keep(blocks, { reason: `goes into ${nodeTitle(node)}, which ${reason}`, node }),
    };
  }

  #adapts(name: string, element: number, own: Int32Array | undefined): boolean {
    const source = sourceOf(this.#graph, this.shapes, name, element);
    if (source?.kind !== 'size') return source !== undefined;
    const block = this.#blocks.get(source.value)?.find(({ axes }) => axes.includes(source.axis));
    if (!block || !own) return false;
    const { atoms } = this.#atoms.collapsed(block, block.axes.indexOf(source.axis));
    if (atoms.length !== own.length) return false;
    this.#atoms.uniteAll(atoms, own);
    return true;
  }

  /** Axes of a constant that nobody has used yet become one block over all of them: whoever reshapes it decides how they belong together. */
  #merge(name: string, axes: readonly number[]): Block | undefined {
    const shape = this.#shape(name);
    const own = this.#blocks.get(name) ?? [];
    const here = own.filter((block) => block.axes.some((axis) => axes.includes(axis)));
    const whole = here.find((block) => block.axes.length === axes.length && axes.every((axis) => block.axes.includes(axis)));
    if (whole) return whole;
    const dims = axes.map((axis) => shape?.[axis]);
    if (!this.#graph.constant(name) || !dims.every((dim): dim is number => typeof dim === 'number')) return undefined;
    if (
      productOf(dims) > blockLimit ||
      here.some((block) => block.axes.some((axis) => !axes.includes(axis)) || !this.#atoms.areFree(block.atoms))
    )
      return undefined;
    const block: Block = { axes: [...axes], dims, atoms: this.#atoms.fresh(productOf(dims), true) };
    this.#blocks.set(name, [...own.filter((each) => !here.includes(each)), block]);
    return block;
  }
}
