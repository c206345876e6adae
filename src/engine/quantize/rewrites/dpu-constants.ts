import { attributes, floatAttribute, Node, type Graph } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import type { Shapes } from '../../ops/infer.ts';
import { soleReader } from '../../simplify/edit.ts';
import { hardSigmoidFactor, leakySlope, roundedSlope } from '../../targets/zcu104/arithmetic.ts';
import { factorOf, isRelu6, storedFactor } from '../../targets/zcu104/fusing.ts';
import type { ForLayer } from '../layer-settings.ts';

/** What was changed, by kind, in words: "AveragePool factors". */
export type ConstantChanges = ReadonlyMap<string, number>;

interface Rewriting {
  readonly graph: Graph;
  readonly shapes: Shapes;
  /** True for a node that the user keeps in float. */
  readonly isKept: (node: Node) => boolean;
  count(what: string): void;
}

/**
 * Writes the DPU's own constants into a float model, so that what is quantized and measured is what the board computes: slope 26/256 of a
 * LeakyReLU, HardSigmoid for Sigmoid and for its written-out form, HardSwish as product with one, the factor 6 * 2731/16384 of a hard
 * sigmoid, the factors of means (targets/zcu104/arithmetic.ts), a mean over height and width as GlobalAveragePool. A Sigmoid that nothing on the DPU reads
 * stays. Changes the graph; shapes have to be inferred anew.
 */
export function writeDpuConstants(graph: Graph, shapes: Shapes, forLayer: (node: Node) => ForLayer): ConstantChanges {
  const changes = new Map<string, number>();
  const rewriting: Rewriting = {
    graph,
    shapes,
    isKept: (node) => 'reason' in forLayer(node),
    count: (what) => changes.set(what, (changes.get(what) ?? 0) + 1),
  };
  for (const rewrite of [writtenOutSigmoid, sigmoid, hardSwish, leakyRelu, meanAsPool, hardSigmoidScale, poolScale]) {
    for (const node of graph.topologicalOrder()) if (graph.has(node) && !rewriting.isKept(node)) rewrite(node, rewriting);
  }
  graph.sort();
  graph.prune();
  return changes;
}

const sigmoidAttributes = () => attributesOf({ alpha: 1 / 6, beta: 0.5 });
const attributesOf = (values: Record<string, number>) =>
  new Map(Object.entries(values).map(([name, value]) => [name, floatAttribute(Math.fround(value))] as const));

/** clip(x + 3, 0, 6) / 6, as PyTorch wrote it before ONNX had a HardSigmoid of this slope. */
function writtenOutSigmoid(node: Node, { graph, count }: Rewriting): void {
  if (!isRelu6(graph, node)) return;
  const shift = graph.producer(node.inputs[0]!);
  const scale = soleReader(graph, node.outputs[0]!);
  if (shift?.op !== 'Add' || factorOf(graph, shift) !== 3 || soleReader(graph, shift.outputs[0]!) !== node || !scale) return;
  const factor = factorOf(graph, scale);
  const divides = scale.op === 'Div' && scale.inputs[0] === node.outputs[0] && factor === 6;
  if (!divides && !(scale.op === 'Mul' && factor !== undefined && isSixth(factor))) return;
  const value = shift.inputs.find((input) => !graph.constant(input));
  if (value === undefined) return;
  graph.remove(shift, node, scale);
  graph.add(new Node(scale.label, 'HardSigmoid', [value], [scale.outputs[0]!], sigmoidAttributes()));
  count('HardSigmoid for its written-out form');
}

const isSixth = (value: number): boolean => Math.abs(value - 1 / 6) < 1e-4;

/** The DPU has no exponential. */
function sigmoid(node: Node, { graph, count }: Rewriting): void {
  if (node.op !== 'Sigmoid' || !feedsBoard(graph, node)) return;
  replace(graph, node, 'HardSigmoid');
  count('HardSigmoid for Sigmoid');
}

const onBoard = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'Add', 'Mul']);

/** Whether anything behind a node runs on the DPU: what only leads to outputs stays on the CPU as it is. */
function feedsBoard(graph: Graph, node: Node): boolean {
  const seen = new Set<Node>();
  const open = [node];
  for (let next = open.pop(); next; next = open.pop()) {
    for (const output of next.outputs) {
      for (const { node: reader } of graph.users(output)) {
        if (onBoard.has(reader.op)) return true;
        if (!seen.has(reader)) open.push(reader);
        seen.add(reader);
      }
    }
  }
  return false;
}

function replace(graph: Graph, node: Node, op: string): void {
  const [value] = node.inputs as [string];
  const [result] = node.outputs as [string];
  graph.remove(node);
  graph.add(new Node(node.label, op, [value], [result], sigmoidAttributes()));
}

function hardSwish(node: Node, { graph, count }: Rewriting): void {
  if (node.op !== 'HardSwish') return;
  const [value] = node.inputs as [string];
  const [result] = node.outputs as [string];
  const gate = graph.uniqueName(`${result}/gate`);
  graph.remove(node);
  graph.add(new Node(gate, 'HardSigmoid', [value], [gate], sigmoidAttributes()));
  graph.add(new Node(node.label, 'Mul', [value, gate], [result]));
  count('HardSwish as a product');
}

/** Slopes that do not round to the DPU's stay: the layer runs on the CPU. */
function leakyRelu(node: Node, { count }: Rewriting): void {
  if (node.op !== 'LeakyRelu') return;
  const alpha = node.float('alpha', 0.01);
  if (alpha === leakySlope || roundedSlope(alpha) !== leakySlope) return;
  node.attributes.set('alpha', floatAttribute(leakySlope));
  count('LeakyRelu slope 26/256');
}

/** ReduceMean over height and width. */
function meanAsPool(node: Node, { graph, shapes, count }: Rewriting): void {
  if (node.op !== 'ReduceMean') return;
  const [value, axesName = ''] = node.inputs as [string, string?];
  const rank = shapes.of(value, graph)?.shape?.length;
  const axes = node.ints('axes') ?? graph.constant(axesName)?.toIntegers();
  if (rank !== 4 || axes?.length !== 2 || axes.map((axis) => (axis + rank) % rank).sort().join() !== '2,3') return; // prettier-ignore
  const [result] = node.outputs as [string];
  const keeps = node.int('keepdims', 1) !== 0;
  const pooled = keeps ? result : graph.uniqueName(`${result}/pooled`);
  graph.remove(node);
  graph.add(new Node(node.label, 'GlobalAveragePool', [value], [pooled]));
  if (!keeps) graph.add(new Node(`${node.label}/flatten`, 'Flatten', [pooled], [result], attributes({ axis: 1 })));
  count('GlobalAveragePool for ReduceMean');
}

function hardSigmoidScale(node: Node, rewriting: Rewriting): void {
  if (node.op !== 'HardSigmoid' || !isSixth(node.float('alpha', 0.2)) || node.float('beta', 0.5) !== 0.5) return;
  node.attributes.set('alpha', floatAttribute(Math.fround(1 / 6)));
  if (scaleBehind(node, hardSigmoidFactor, rewriting.graph)) rewriting.count('HardSigmoid factor 6 × 2731/16384');
}

function poolScale(node: Node, { graph, shapes, count }: Rewriting): void {
  const window = node.op === 'AveragePool' ? node.ints('kernel_shape') : shapes.of(node.inputs[0]!, graph)?.shape?.slice(2);
  if (node.op !== 'AveragePool' && node.op !== 'GlobalAveragePool') return;
  if (window?.length !== 2 || !window.every((size) => typeof size === 'number')) return;
  const factor = storedFactor(window as number[]);
  if (factor !== 1 && scaleBehind(node, factor, graph)) count(`factor ${factor} of the mean over ${window.join('×')}`);
}

/** Puts a product with a number behind a node; false where it is there already. */
function scaleBehind(node: Node, factor: number, graph: Graph): boolean {
  const stored = Math.fround(factor);
  const [result] = node.outputs as [string];
  const next = soleReader(graph, result);
  if (next?.op === 'Mul' && factorOf(graph, next) === stored) return false;
  const plain = graph.uniqueName(`${result}/plain`);
  const number = graph.uniqueName(`${result}/factor`);
  graph.initializers.set(number, Tensor.float32([], [stored]));
  graph.setOutput(node, 0, plain);
  graph.add(new Node(`${node.label}/factor`, 'Mul', [plain, number], [result]));
  return true;
}
