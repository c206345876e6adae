import { LatheError } from '../../base/errors.ts';
import { attributes, type Model, Node } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { gradientDomain, type Attributes } from '../../ops/gradient/rule.ts';
import { inferShapes, type Shapes } from '../../ops/infer.ts';

/** Writes one operator out: returns the values that take the place of the node's outputs. */
export type LoweringRule = (site: LoweringSite) => readonly string[];

/** Which operators a lowering writes out, by name: those of the gradient domain and others that it knows a faster form for. */
export type Lowering = ReadonlyMap<string, LoweringRule>;

/**
 * Writes out every node that the lowering knows, in place: values keep their names. Shapes must be static; they may be known from before. Throws `training.lowering` where an operator
 * of the gradient domain is left that it does not know.
 */
export function lower(model: Model, lowering: Lowering, shapes: Shapes = inferShapes(model)): void {
  const made = new Map<string, unknown>();
  for (const node of model.graph.nodes) {
    const rule = lowering.get(node.op);
    if (!rule) {
      if (node.domain === gradientDomain) throw new LatheError('training.lowering', `nothing writes out ${node.op}`, { node: node.label });
      continue;
    }
    const values = rule(new LoweringSite(model, shapes, node, made));
    if (values !== node.outputs) replace(model, node, values);
  }
}

/** Removes a node and gives its outputs' names to the values that take their place; undefined: that output has another form now. */
export function replace({ graph }: Model, node: Node, made: readonly (string | undefined)[]): void {
  graph.remove(node);
  node.outputs.forEach((output, index) => {
    const value = made[index];
    const producer = value === undefined ? undefined : graph.producer(value);
    if (output === '' || value === undefined) return;
    if (producer) graph.setOutput(producer, producer.outputs.indexOf(value), output);
    graph.replaceUses(value, output);
  });
}

/** The place of a node that is written out. New nodes stand before it. */
export class LoweringSite {
  constructor(
    readonly model: Model,
    private readonly shapes: Shapes,
    readonly node: Node,
    private readonly made: Map<string, unknown>,
  ) {}

  /** What an earlier node of the graph made under this key; made here where none did: the backward pass reads what the forward pass computed. */
  once<Value>(key: string, make: () => Value): Value {
    const known = this.made.get(key) as Value | undefined;
    if (known !== undefined) return known;
    const value = make();
    this.made.set(key, value);
    return value;
  }

  input(index: number): string {
    return this.node.inputs[index] ?? '';
  }

  shapeOf(value: string): readonly number[] {
    return (this.shapes.of(value)?.shape ?? []).map(Number);
  }

  inputShape(index: number): readonly number[] {
    return this.shapeOf(this.input(index));
  }

  ints(name: string): readonly number[] {
    return this.node.ints(name) ?? [];
  }

  emit(op: string, inputs: readonly string[], values: Attributes = {}, domain = ''): string {
    return this.emitSeveral(op, inputs, 1, values, domain)[0]!;
  }

  emitSeveral(op: string, inputs: readonly string[], outputs: number, values: Attributes = {}, domain = ''): string[] {
    const { graph } = this.model;
    const names: string[] = [];
    for (let i = 0; i < outputs; i++) names.push(graph.uniqueName(`${this.node.label}/${op}${i || ''}`));
    graph.add(new Node(names[0]!, op, inputs, names, attributes(values), domain), { before: this.node });
    return names;
  }

  number(value: number): string {
    return this.store(Tensor.float32([], [value]));
  }

  indices(values: readonly number[]): string {
    return this.store(Tensor.int64([values.length], values));
  }

  store(tensor: Tensor): string {
    const name = this.model.graph.uniqueName(`${this.node.label}/constant`);
    this.model.graph.initializers.set(name, tensor);
    return name;
  }

  reshape(value: string, shape: readonly number[]): string {
    return this.emit('Reshape', [value, this.indices(shape)]);
  }

  transpose(value: string, perm: readonly number[]): string {
    return this.emit('Transpose', [value], { perm });
  }
}
