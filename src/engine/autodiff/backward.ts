import { LatheError } from '../base/errors.ts';
import { attributes, type Model, Node } from '../onnx/graph.ts';
import { Tensor } from '../onnx/tensor.ts';
import type { Attributes, Backward } from '../ops/gradient/rule.ts';
import { versionOf } from '../ops/index.ts';
import type { Shapes } from '../ops/infer.ts';

/** One node's view of the backward pass; new nodes go to the end of the model's graph, named after the node they come from. */
export class NodeBackward implements Backward {
  constructor(
    private readonly model: Model,
    private readonly shapes: Shapes,
    readonly node: Node,
    private readonly gradients: readonly (string | undefined)[],
    private readonly depends: ReadonlySet<string>,
  ) {}

  get opset(): number {
    return versionOf(this.model.opsets, this.node.domain);
  }

  input(index: number): string {
    return this.node.inputs[index] ?? '';
  }

  output(index = 0): string {
    return this.node.outputs[index] ?? '';
  }

  inputShape(index: number): readonly number[] {
    return this.#shape(this.input(index));
  }

  outputShape(index = 0): readonly number[] {
    return this.#shape(this.output(index));
  }

  incoming(output = 0): string | undefined {
    return this.gradients[output];
  }

  wants(input: number): boolean {
    return this.depends.has(this.input(input));
  }

  constant(input: number): Tensor | undefined {
    const tensor = this.model.graph.constant(this.input(input));
    return tensor?.isLoaded ? tensor : undefined;
  }

  emit(op: string, inputs: readonly string[], values: Attributes = {}, domain = ''): string {
    return this.emitSeveral(op, inputs, 1, values, domain)[0]!;
  }

  emitSeveral(op: string, inputs: readonly string[], outputs: number, values: Attributes = {}, domain = ''): string[] {
    const { graph } = this.model;
    const names: string[] = [];
    for (let i = 0; i < outputs; i++) names.push(graph.uniqueName(`${this.node.label}/gradient/${op}${i || ''}`));
    graph.add(new Node(names[0]!, op, inputs, names, attributes(values), domain));
    return names;
  }

  number(value: number): string {
    return this.#store(Tensor.float32([], [value]));
  }

  matrix(rows: number, columns: number, element: (row: number, column: number) => number): string {
    const values = Float32Array.from({ length: rows * columns }, (_, i) => element(Math.floor(i / columns), i % columns));
    return this.#store(Tensor.float32([rows, columns], values));
  }

  indices(values: readonly number[]): string {
    return this.#store(Tensor.int64([values.length], values));
  }

  /** A node that comes from no other. */
  static plain(op: string, inputs: readonly string[], output: string): Node {
    return new Node(output, op, inputs, [output]);
  }

  #store(tensor: Tensor): string {
    const name = this.model.graph.uniqueName(`${this.node.label}/gradient/constant`);
    this.model.graph.initializers.set(name, tensor);
    return name;
  }

  #shape(value: string): readonly number[] {
    const shape = this.shapes.of(value)?.shape;
    if (shape?.every((dim): dim is number => typeof dim === 'number')) return shape;
    const hint = 'Give the inputs fixed sizes; training needs a fixed batch.';
    throw new LatheError('training.dynamic', `the shape of ${value} is not known before the model runs`, { node: this.node.label, hint });
  }
}
