import { DataType } from '../../onnx/data-type.ts';
import { attributes, Node, type Graph } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';

/** Adds float operators and their constants to a graph; `graph.sort` puts them into order at the end. Equal numbers are stored once. */
export class FloatBuilder {
  readonly #numbers = new Map<string, string>();

  constructor(readonly graph: Graph) {}

  /** Adds a node that makes `result`, or a value of a new name. `values` are attributes. */
  add(op: string, inputs: readonly string[], values: Parameters<typeof attributes>[0] = {}, result?: string): string {
    const output = result ?? this.graph.uniqueName(`simulated/${op}`);
    this.graph.add(new Node(`${output}/${op}`, op, inputs, [output], attributes(values)));
    return output;
  }

  constant(tensor: Tensor): string {
    const name = this.graph.uniqueName('simulated/constant');
    this.graph.initializers.set(name, tensor);
    return name;
  }

  number(value: number): string {
    return this.#once(`f${value}`, () => Tensor.float32([], [value]));
  }

  double(value: number): string {
    return this.#once(`d${value}`, () => Tensor.of(DataType.float64, [], Float64Array.of(value)));
  }

  #once(key: string, make: () => Tensor): string {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const name = this.constant(make());
    this.#numbers.set(key, name);
    return name;
  }
}
