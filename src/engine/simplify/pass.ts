import type { Context } from '../base/context.ts';
import type { Graph, Model } from '../onnx/graph.ts';
import type { Shapes } from '../ops/infer.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** What a pass did to one layer. */
export interface SimplifyNote {
  readonly pass: string;
  /** The layer as it was called before (its name, or its first output). */
  readonly layer: string;
  /** The layer that does its work now; absent when there is nothing left to do at run time. */
  readonly into?: string;
  /** One clause for people: "folded into conv1". */
  readonly message: string;
}

export interface PassScope {
  readonly model: Model;
  /** The main graph. Sub-graphs and function bodies are left as they are; what they read is never taken from them. */
  readonly graph: Graph;
  /** Types and shapes of the graph as it was when the pass began. */
  readonly shapes: () => Shapes;
  readonly runtime: Runtime;
  readonly context: Context;
}

/** A rewriting that leaves the model's outputs as they are. One file in this folder, one line in index.ts. */
export interface Pass {
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  /** Changes the graph in place; does all it finds in one call. An empty list means that nothing changed. */
  apply(scope: PassScope): SimplifyNote[] | Promise<SimplifyNote[]>;
}
