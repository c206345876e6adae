import type { Node } from '../../onnx/graph.ts';
import { dataTypeBits } from '../../onnx/data-type.ts';
import type { DataFlow } from './data-flow.ts';
import { convexParts } from './convex-parts.ts';
import { cpuDevice, type NodeVerdict } from './types.ts';

/** What is loaded and run as one on one device. */
export interface Subgraph {
  readonly device: string;
  /** In the order of execution. Empty: it only brings a tensor in, or converts one that leaves the model. */
  readonly nodes: readonly Node[];
  /** Of an empty one: the tensor. */
  readonly tensor?: string;
}

/** A tensor that one sub-graph makes and another one reads. */
export interface Transfer {
  /** Places in the list of sub-graphs. */
  readonly from: number;
  readonly to: number;
  readonly tensor: string;
  /** For one picture; null: its size is not known. */
  readonly bytes: number | null;
}

export interface Partition {
  readonly subgraphs: readonly Subgraph[];
  readonly transfers: readonly Transfer[];
}

/** How a target's tools cut a model. */
export interface PartitionSettings {
  readonly accelerator?: string;
  /** Bytes of an element that goes to or comes from the accelerator. */
  readonly elementBytes: number;
  /** Inputs come from sub-graphs of this device, and what the accelerator makes for outputs of the model is converted by the CPU in sub-graphs of its own. */
  readonly userDevice?: string;
}

/**
 * Sub-graphs of a model whose nodes run on several devices: connected nodes of one device, as many together as leave no ring between
 * sub-graphs; first those of inputs, where the target has them, then by the order of execution. (xcompiler 3.5 prints the same counts:
 * "Total device subgraph number", "DPU subgraph number".)
 */
export function partition(flow: DataFlow, verdicts: ReadonlyMap<Node, NodeVerdict>, settings: PartitionSettings): Partition {
  const nodes = flow.nodes.filter((node) => verdicts.has(node));
  const places = new Map(nodes.map((node, index) => [node, index]));
  const before = nodes.map((node) => flow.makers(node).flatMap((maker) => places.get(maker) ?? []));
  const devices = nodes.map((node) => verdicts.get(node)!.device);
  const part = convexParts(devices, before);

  const list = new SubgraphList(flow, settings);
  if (settings.userDevice !== undefined) list.addInputs(settings.userDevice, nodes);
  const numbers = nodes.map((_, index) => list.numberOf(part[index]!, devices[index]!));
  nodes.forEach((node, index) => list.add(numbers[index]!, node));
  for (const [index, node] of nodes.entries()) {
    for (const operand of flow.operands(node)) {
      const origin = flow.origin(operand);
      const maker = places.get(flow.maker(operand)!);
      list.read(origin, maker === undefined ? undefined : numbers[maker]!, numbers[index]!);
    }
  }
  if (settings.userDevice !== undefined)
    for (const { name } of flow.graph.outputs) list.leave(flow.origin(name), numbers[places.get(flow.maker(name)!)!]);
  return list;
}

class SubgraphList implements Partition {
  readonly subgraphs: { device: string; nodes: Node[]; tensor?: string }[] = [];
  readonly transfers: Transfer[] = [];
  readonly #numbers = new Map<number, number>();
  readonly #inputs = new Map<string, number>();
  readonly #seen = new Set<string>();

  constructor(
    readonly flow: DataFlow,
    readonly settings: PartitionSettings,
  ) {}

  addInputs(device: string, nodes: readonly Node[]): void {
    const read = new Set(nodes.flatMap((node) => this.flow.operands(node).map((operand) => this.flow.origin(operand))));
    for (const { name } of this.flow.graph.requiredInputs) {
      if (!read.has(name)) continue;
      this.#inputs.set(name, this.subgraphs.length);
      this.subgraphs.push({ device, nodes: [], tensor: name });
    }
  }

  /** The sub-graph of a part, made when it is first asked for. */
  numberOf(part: number, device: string): number {
    const known = this.#numbers.get(part);
    if (known !== undefined) return known;
    this.#numbers.set(part, this.subgraphs.length);
    return this.subgraphs.push({ device, nodes: [] }) - 1;
  }

  add(number: number, node: Node): void {
    this.subgraphs[number]!.nodes.push(node);
  }

  /** `maker`: sub-graph of the node that makes the tensor; undefined: an input of the model. */
  read(tensor: string, maker: number | undefined, to: number): void {
    const from = maker ?? this.#inputs.get(tensor);
    if (from === undefined || from === to) return;
    const key = JSON.stringify([from, to, tensor]);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.transfers.push({ from, to, tensor, bytes: this.#bytes(tensor, from, to) });
  }

  /** An output of the model: what the accelerator makes is converted on the CPU, with its other readers there or by itself. */
  leave(tensor: string, maker: number | undefined): void {
    if (maker === undefined || this.subgraphs[maker]!.device !== this.settings.accelerator) return;
    const isOnCpu = this.transfers.some((transfer) => transfer.tensor === tensor && this.subgraphs[transfer.to]!.device === cpuDevice);
    if (!isOnCpu) this.read(tensor, maker, this.subgraphs.push({ device: cpuDevice, nodes: [], tensor }) - 1);
  }

  #bytes(tensor: string, from: number, to: number): number | null {
    const info = this.flow.shapes.of(tensor);
    const elements = info?.shape?.reduce<number | null>(
      (product, dim) => (product === null || typeof dim !== 'number' ? null : product * dim),
      1,
    );
    if (elements === undefined || elements === null) return null;
    const { accelerator, elementBytes } = this.settings;
    const accelerated = [from, to].some((number) => this.subgraphs[number]!.device === accelerator);
    const size = accelerated ? elementBytes : (dataTypeBits(info!.type) ?? NaN) / 8;
    return Number.isNaN(size) ? null : Math.ceil(elements * size);
  }
}
