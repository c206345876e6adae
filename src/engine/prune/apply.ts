import { LatheError } from '../base/errors.ts';
import { cloneModel } from '../onnx/clone.ts';
import { type Dim, type Model, Node, type ValueInfo } from '../onnx/graph.ts';
import { constantTensor } from '../onnx/node.ts';
import { Tensor } from '../onnx/tensor.ts';
import type { Cutting } from '../ops/channels/rule.ts';
import { findOperator, versionOf } from '../ops/index.ts';
import { inferShapes, type Shapes } from '../ops/infer.ts';
import { cutTensor } from './cut/tensor.ts';
import { sourceOf } from './groups/shape-operand.ts';
import type { Coupling, Removal } from './groups/types.ts';

/**
 * A new model without these channels; the old one, and what both share, is not changed. Constants are cut, and every attribute and operand that says a width is written anew.
 * `coupling` is that of this very model. Throws `prune.removal` for groups and channels that do not exist, and for a group of which nothing would be left.
 */
export function removeChannels(model: Model, coupling: Coupling, removal: Removal, options: { readonly shapes?: Shapes } = {}): Model {
  checkRemoval(coupling, removal);
  return new Cut(model, coupling, removal, options.shapes ?? inferShapes(model)).run();
}

export function checkRemoval(coupling: Coupling, removal: Removal): void {
  const groups = new Map(coupling.groups.map((group) => [group.name, group]));
  for (const [name, channels] of removal) {
    const group = groups.get(name);
    const fail = (message: string, hint?: string): never => {
      throw new LatheError('prune.removal', message, { node: name, ...(hint && { hint }) });
    };
    if (!group) fail('there is no such group of channels');
    else if (new Set(channels).size < channels.length) fail('names a channel twice');
    else if (channels.some((channel) => !Number.isInteger(channel) || channel < 0 || channel >= group.channels))
      fail(`has no such channel; it has ${group.channels}`);
    else if (channels.length >= group.channels) fail(`would lose all of its ${group.channels} channels`, 'at least one has to stay');
  }
}

class Cut {
  readonly #copy: Model;
  /** Coordinates that stay, by value and axis. */
  readonly #kept = new Map<string, Map<number, Int32Array>>();

  constructor(
    readonly model: Model,
    coupling: Coupling,
    removal: Removal,
    readonly shapes: Shapes,
  ) {
    this.#copy = cloneModel(model);
    const gone = new Set<number>();
    for (const group of coupling.groups) for (const channel of removal.get(group.name) ?? []) gone.add(group.classes[channel]!);
    for (const { value, axis, classes } of coupling.axes) {
      const stay = Int32Array.from(classes.keys()).filter((place) => !gone.has(classes[place]!));
      if (stay.length === classes.length) continue;
      const axes = this.#kept.get(value) ?? new Map<number, Int32Array>();
      this.#kept.set(value, axes.set(axis, stay));
    }
  }

  run(): Model {
    const originals = this.model.graph.nodes;
    this.#copy.graph.nodes.forEach((node, index) => this.#rewrite(originals[index]!, node));
    this.#cutConstants();
    this.#cutInfos();
    this.#copy.graph.prune();
    return this.#copy;
  }

  #rewrite(original: Node, node: Node): void {
    if (![...original.inputs, ...original.outputs].some((name) => this.#kept.has(name))) return;
    findOperator(original, this.model)?.channels?.cut?.(this.#cutting(original, node));
  }

  #cutConstants(): void {
    const { graph } = this.#copy;
    for (const [name, kept] of this.#kept) {
      const stored = graph.initializers.get(name);
      if (stored) graph.initializers.set(name, cutTensor(stored, kept));
      const node = stored ? undefined : graph.producer(name);
      const held = node?.qualifiedOp === 'Constant' ? constantTensor(node) : undefined;
      if (!node || !held) continue;
      node.attributes.clear();
      node.attributes.set('value', { kind: 'tensor', value: cutTensor(held, kept) });
    }
  }

  #cutInfos(): void {
    const { graph } = this.#copy;
    const cut = (info: ValueInfo): ValueInfo => {
      const { type } = info;
      if (type?.kind !== 'tensor' || !type.shape || !this.#kept.has(info.name)) return info;
      return { name: info.name, type: { ...type, shape: this.#newShape(info.name, type.shape) } };
    };
    for (const [name, info] of graph.valueInfo) graph.valueInfo.set(name, cut(info));
    graph.inputs = graph.inputs.map(cut);
  }

  #newShape(name: string, shape: readonly Dim[]): readonly Dim[] {
    const kept = this.#kept.get(name);
    return kept ? shape.map((dim, axis) => kept.get(axis)?.length ?? dim) : shape;
  }

  #shape(name: string): readonly Dim[] {
    return this.shapes.of(name)?.shape ?? [];
  }

  #cutting(original: Node, node: Node): Cutting {
    const input = (index: number): string => original.inputs[index] ?? '';
    const output = (index = 0): string => original.outputs[index] ?? '';
    return {
      node,
      opset: versionOf(this.model.opsets, original.domain),
      shape: (index) => this.#shape(input(index)),
      outputShape: (index) => this.#shape(output(index)),
      newShape: (index) => this.#newShape(input(index), this.#shape(input(index))),
      newOutputShape: (index) => this.#newShape(output(index), this.#shape(output(index))),
      kept: (index, axis) => this.#kept.get(input(index))?.get(axis),
      keptOutput: (index, axis) => this.#kept.get(output(index))?.get(axis),
      constant: (index) => this.model.graph.constant(input(index)),
      numbers: (index) => {
        const elements = this.shapes.of(input(index))?.elements;
        return elements?.every((element) => typeof element === 'number') ? [...(elements as number[])] : undefined;
      },
      setInput: (index, tensor) => this.#setInput(node, index, tensor),
      setShapeElements: (index, sizes) => this.#setShapeElements(node, index, sizes),
    };
  }

  #setInput(node: Node, index: number, tensor: Tensor): void {
    const kind = ['', 'shape', 'ends', 'sizes'][index] || 'operand';
    this.#copy.graph.setInput(node, index, this.#addConstant(`${node.outputs[0]}_${kind}`, tensor));
  }

  /** Sizes that change in a list joined of parts are replaced in a Concat of this node's own; those that are read off a cut value follow by themselves. */
  #setShapeElements(node: Node, index: number, sizes: readonly (number | undefined)[]): void {
    const { graph } = this.#copy;
    const operand = node.inputs[index]!;
    const parts = new Map<number, Tensor>();
    const list = this.model.graph.producer(operand);
    for (const [element, size] of sizes.entries()) {
      if (size === undefined) continue;
      const source = sourceOf(this.model.graph, this.shapes, operand, element);
      if (source?.kind === 'size') continue;
      if (!source || !list)
        throw new LatheError('prune.shape', 'the shape is computed in a way that cannot be written for other widths', { node: node.label });
      const stored = parts.get(source.index) ?? this.model.graph.constant(list.inputs[source.index]!);
      const part = stored ? stored.toIntegers() : [0];
      part[source.element] = size;
      parts.set(source.index, Tensor.int64([part.length], part));
    }
    if (!parts.size) return;
    const inputs = list!.inputs.map((name, i) => {
      const part = parts.get(i);
      return part ? this.#addConstant(`${node.outputs[0]}_sizes_${i}`, part) : name;
    });
    const joined = graph.uniqueName(`${node.outputs[0]}_shape`);
    graph.add(new Node(joined, 'Concat', inputs, [joined], new Map([['axis', { kind: 'int', value: 0 }]])), { before: node });
    graph.setInput(node, index, joined);
  }

  #addConstant(base: string, tensor: Tensor): string {
    const name = this.#copy.graph.uniqueName(base);
    this.#copy.graph.initializers.set(name, tensor);
    return name;
  }
}
