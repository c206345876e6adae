import type { Tensor } from '../onnx/tensor.ts';
import { attributes, type Graph, Node } from '../onnx/graph.ts';
import type { Attributes } from '../ops/gradient/rule.ts';
import type { MethodSite, ParameterKind } from './methods/method.ts';
import type { QatSettings } from './step.ts';

/** A trained tensor that a method brought. */
export interface QatParameter {
  readonly name: string;
  readonly dims: readonly number[];
  readonly size: number;
  /** The layer, or the value that is rounded. */
  readonly layer: string;
  readonly kind: ParameterKind;
}

/** What sites brought into a graph. */
export class Brought {
  readonly parameters: QatParameter[] = [];
  /** Tensors that stay as they are. */
  readonly constants = new Set<string>();
}

/** Where nodes of one layer or value go: in front of a node of the graph, or behind one. */
export class Site implements MethodSite {
  #last: Node | undefined;

  constructor(
    readonly graph: Graph,
    readonly settings: QatSettings,
    readonly owner: string,
    private readonly brought: Brought,
    private readonly place: { readonly before?: Node; readonly after?: Node },
  ) {}

  parameter(part: string, initial: Tensor, kind: ParameterKind): string {
    const { dims, size } = initial;
    const name = this.#store(part, initial);
    this.brought.parameters.push({ name, dims, size, layer: this.owner, kind });
    return name;
  }

  constant(tensor: Tensor): string {
    const name = this.#store('constant', tensor);
    this.brought.constants.add(name);
    return name;
  }

  emit(op: string, inputs: readonly string[], values: Attributes = {}, domain = ''): string {
    const name = this.graph.uniqueName(`${this.owner}/${op}`);
    const node = new Node(name, op, inputs, [name], attributes(values), domain);
    const { before, after } = this.place;
    this.graph.add(node, before ? { before } : this.#last || after ? { after: this.#last ?? after! } : {});
    this.#last = node;
    return name;
  }

  #store(part: string, tensor: Tensor): string {
    const name = this.graph.uniqueName(`${this.owner}/${part}`);
    this.graph.initializers.set(name, tensor);
    return name;
  }
}
