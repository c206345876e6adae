import { DataType } from '../onnx/data-type.ts';
import type { Graph, Model, Node } from '../onnx/graph.ts';
import type { Shapes } from '../ops/infer.ts';
import type { DpuArchitecture } from '../targets/zcu104/verdict/architecture.ts';

/** What a fix looks at. Values keep their names and shapes while a graph is being rewritten; new ones are known in the next sweep. */
export interface FitScope {
  readonly model: Model;
  /** The main graph; sub-graphs and function bodies are left as they are. */
  readonly graph: Graph;
  /** For one picture, of the graph as the sweep found it. */
  readonly shapes: Shapes;
  readonly board: DpuArchitecture;
}

/** How far a fix that changes the function may be off, in the result of the layer itself. */
export interface Bound {
  readonly value: number;
  /** What the value is multiplied by; absent: it holds for every input. */
  readonly times?: 'largest negative input';
}

/** One place where a fix fits. Nothing is changed until `apply`. */
export interface Match {
  /** Labels of the layers that are replaced or changed; the one that it was found at first. */
  readonly nodes: readonly string[];
  /** A clause with the layer's own numbers: "slope 0.1 becomes 26/256". */
  readonly message: string;
  readonly bound?: Bound;
  /** Rewrites the graph, in any order of nodes. False: nothing was changed, numbers would have become infinite. */
  apply(): false | undefined;
}

/** What a fix says of itself, for menus and the guide. */
export interface FixFacts {
  /** Stable: recipes and verdicts name it. */
  readonly id: string;
  /** Verb first, for menus. */
  readonly title: string;
  /** `exact`: the same function up to rounding; `changed`: another one, to be trained again; `advice`: done by hand, nothing is rewritten. */
  readonly effect: 'exact' | 'changed' | 'advice';
  /** What it looks for and what stands there afterwards, one sentence each. */
  readonly finds: string;
  readonly does: string;
  /** Why the accelerator needs it, with the vendor's document. */
  readonly source: string;
  /** Applied only where it is asked for by its id: another fix is the better one as a rule. */
  readonly named?: true;
}

/** A way to make the accelerator take a layer, as a rewriting of the float graph. One file in `fixes/`, one line in `index.ts`. */
export interface Fix extends FixFacts {
  match(node: Node, scope: FitScope): Match | undefined;
}

/** Sizes of a value where all are known. */
export function sizesOf({ shapes, graph }: FitScope, value: string | undefined): readonly number[] | undefined {
  const shape = value ? (shapes.of(value)?.shape ?? graph.constant(value)?.dims) : undefined;
  return shape?.every((dim) => typeof dim === 'number') ? (shape as readonly number[]) : undefined;
}

/** [1, channels, height, width]; undefined for any other shape. */
export function mapOf(scope: FitScope, value: string | undefined): { channels: number; height: number; width: number } | undefined {
  const sizes = sizesOf(scope, value);
  if (sizes?.length !== 4) return undefined;
  const [, channels, height, width] = sizes as [number, number, number, number];
  return { channels, height, width };
}

/** The only types that fixes are written for: what quantizers take. */
export const isFloat32 = ({ shapes, graph }: FitScope, value: string | undefined): boolean =>
  value !== undefined && (shapes.of(value)?.type ?? graph.constant(value)?.type) === DataType.float32;

/** Whether a node is one of these operators of ONNX itself. */
export function isOp(node: Node, ...ops: string[]): boolean;
export function isOp(node: Node | undefined, ...ops: string[]): node is Node;
export function isOp(node: Node | undefined, ...ops: string[]): boolean {
  return node !== undefined && (node.domain === '' || node.domain === 'ai.onnx') && ops.includes(node.op);
}
