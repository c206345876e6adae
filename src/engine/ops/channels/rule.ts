import type { Dim, Node } from '../../onnx/graph.ts';
import type { Tensor } from '../../onnx/tensor.ts';
import type { Atoms } from './atoms.ts';
import type { Block } from './block.ts';

/** What a rule sees of its node while channels are followed through a graph. */
export interface Channels {
  readonly node: Node;
  /** Version of the node's domain. */
  readonly opset: number;
  readonly atoms: Atoms;
  /** Undefined: absent input, or rank not known. */
  shape(input: number): readonly Dim[] | undefined;
  outputShape(output?: number): readonly Dim[] | undefined;
  /** All elements of a small input, where known. */
  numbers(input: number): number[] | undefined;
  /** The stored constant behind an input, if its bytes are loaded. */
  constant(input: number): Tensor | undefined;
  /** Whether the input is computed from constants alone. */
  isConstant(input: number): boolean;
  /** Channels of an input; none along axes that cannot be cut. */
  blocks(input: number): readonly Block[];
  /** Why the other axes of the input cannot be cut. */
  fixedBy(input: number): string;
  /** The blocks of an untouched constant along these axes as one block over all of them; undefined where that is not possible. */
  merge(input: number, axes: readonly number[]): Block | undefined;
  /**
   * Whether an element of an operand that holds a shape can be written anew for other widths. Where it is the size of another value (Shape), that value's channels are united with
   * these atoms, so that it follows by itself.
   */
  adapts(input: number, element: number, atoms: Int32Array | undefined): boolean;
  /** Of Shape: whether its result is used for more than shapes of other values. */
  countsBeyondShapes(): boolean;
  /** Whether anybody reads this output. */
  isRead(output: number): boolean;
  /** An input whose channels lie on several axes is not cut along this one. */
  hold(input: number, axis: number): void;
  /** The channels of these blocks have to stay, because of this node. */
  keep(blocks: readonly Block[], reason: string): void;
}

/** What a rule works with when channels are taken out: the node in the new graph, with sizes before and after. */
export interface Cutting {
  readonly node: Node;
  readonly opset: number;
  shape(input: number): readonly Dim[];
  outputShape(output?: number): readonly Dim[];
  /** Sizes after the cut. */
  newShape(input: number): readonly Dim[];
  newOutputShape(output?: number): readonly Dim[];
  /** Coordinates that stay along an axis, ascending; undefined: all. */
  kept(input: number, axis: number): Int32Array | undefined;
  keptOutput(output: number, axis: number): Int32Array | undefined;
  numbers(input: number): number[] | undefined;
  constant(input: number): Tensor | undefined;
  /** Replaces an operand by a constant of this node's own. */
  setInput(index: number, tensor: Tensor): void;
  /** One element of an operand that holds a shape becomes `size`, wherever it comes from. */
  setShapeElements(input: number, sizes: readonly (number | undefined)[]): void;
}

/**
 * How channels pass an operator: what of its operands belongs together, and how the node is rewritten when some of it goes. Sources: the operators' formulas in the ONNX
 * operator documents; the idea of coupling in DepGraph (Fang et al. 2023, arXiv:2301.12900, section 3).
 */
export interface ChannelRule {
  /** Unites what goes together, keeps what must stay, and returns the blocks of every output. */
  follow(channels: Channels): readonly (readonly Block[] | undefined)[];
  /** Rewrites attributes and operands after a cut; absent: nothing of the node depends on widths. */
  cut?(cutting: Cutting): void;
}
