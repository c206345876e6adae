import { LatheError } from '../../base/errors.ts';
import { DataType, dataTypeName } from '../../onnx/data-type.ts';
import { attributes, Node, type Graph } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import type { Inferred } from '../../ops/record.ts';
import { scalarTensor } from '../numbers.ts';

/** How a node of one opset version says the same at the next one. */
export interface Conversion {
  readonly op: string;
  /** The opset version at which the operator's form or meaning changed. */
  readonly at: number;
  /** Rewrites the node; true when something had to change. Throws LatheError `opset.convert` when it cannot be said any more. */
  convert(node: Node, editor: Editor): boolean;
  /** What the change was, for people. */
  readonly note: string;
}

/** What conversions do to the graph that a node is in. */
export class Editor {
  constructor(
    readonly graph: Graph,
    /** What is known of a value of this graph; undefined where nothing is. */
    readonly known: (value: string) => Inferred | undefined,
    /** The body of a function, which has no initializers. */
    readonly isFunction: boolean,
  ) {}

  /** A new constant for the node; returns its name. */
  constant(node: Node, role: string, tensor: Tensor): string {
    const name = this.graph.uniqueName(`${node.label}/${role}`);
    if (this.isFunction) this.graph.add(new Node('', 'Constant', [], [name], attributes({ value: tensor })), { before: node });
    else this.graph.initializers.set(name, tensor);
    return name;
  }

  integers(node: Node, role: string, values: readonly number[]): string {
    return this.constant(node, role, Tensor.int64([values.length], values));
  }

  /** A number of the same element type as the node's first input (float32 where that is unknown). */
  scalarLike(node: Node, role: string, value: number): string {
    const type = this.known(node.inputs[0] ?? '')?.type ?? DataType.float32;
    const tensor = scalarTensor(type, value);
    if (!tensor) throw cannotConvert(node, `its ${role} cannot be written as ${dataTypeName(type)}`);
    return this.constant(node, role, tensor);
  }

  /** Puts `nodes` where `old` was. */
  replace(old: Node, ...nodes: Node[]): void {
    old.outputs.forEach((_, index) => this.graph.setOutput(old, index, ''));
    for (const node of nodes) this.graph.add(node, { before: old });
    this.graph.remove(old);
  }

  /** Moves an attribute that lists integers to input `index`. */
  integersToInput(node: Node, attribute: string, index: number): boolean {
    const values = ownInts(node, attribute);
    if (!values) return false;
    this.graph.setInput(node, index, this.integers(node, attribute, values));
    node.attributes.delete(attribute);
    return true;
  }
}

/** An attribute's integers. In a function body it may be a reference to the caller's attribute, which cannot become an input. */
export function ownInts(node: Node, name: string): number[] | undefined {
  if (node.attributes.get(name)?.kind === 'reference') throw cannotConvert(node, `its ${name} comes from the function's caller`);
  return node.ints(name);
}

export const cannotConvert = (node: Node, why: string): LatheError =>
  new LatheError('opset.convert', `this ${node.op} cannot be converted to a newer opset: ${why}`, {
    node: node.label,
    hint: 'Export the model again with a newer opset.',
  });
