import type { Node } from '../../onnx/graph.ts';
import type { CutAxis } from './settle.ts';

/** A stored tensor, and where it is cut when channels of a group go. */
export interface Slice {
  /** The initializer (or the output of the Constant node) that holds it. */
  readonly tensor: string;
  readonly axis: number;
  /**
   * `produces`: the channel's values are made from here (rows of a convolution's weights, its bias); `consumes`: they are read here (columns of the next layer's
   * weights); `carries`: constants that go along with the channel on its way (batch normalization, slopes, factors, scales of quantized values).
   */
  readonly role: 'produces' | 'consumes' | 'carries';
  /** Who reads the tensor, and as which operand. */
  readonly node: Node;
  readonly input: number;
  /** By channel of the group: coordinates along `axis` that belong to it, ascending. Several where a Flatten or a shuffle lies between. Empty: none of its own here. */
  readonly places: readonly Int32Array[];
}

/** Where a value of the graph (an activation) has a group's channels. */
export interface ChannelPlaces {
  readonly axis: number;
  readonly places: readonly Int32Array[];
}

/**
 * Channels that can only go together, because sums, products, joins or depthwise layers tie what makes and what reads them (the coupling of DepGraph,
 * arXiv:2301.12900, on an ONNX graph). A channel here is one unit of removal: it may be several physical ones (the same place in each part of a grouped convolution).
 */
export interface CouplingGroup {
  /** Label of the first layer that makes it, in topological order, with a suffix where a layer begins several. Unique and stable for a model. */
  readonly name: string;
  readonly channels: number;
  readonly slices: readonly Slice[];
  /** Every value that loses places with the group. */
  readonly values: ReadonlyMap<string, ChannelPlaces>;
  /** Layers with weights that make it and that read it, in topological order. */
  readonly makers: readonly Node[];
  readonly readers: readonly Node[];
  /** @internal the class that each channel is, as `Coupling.axes` names them. */
  readonly classes: Int32Array;
}

/** Channels that have to stay, with the reason in words: for report, hover and command line. */
export interface KeptGroup {
  readonly name: string;
  readonly channels: number;
  readonly makers: readonly Node[];
  /** "is an output of the model", "GroupNormalization 'x' mixes channels", … */
  readonly reason: string;
  /** The node it is about, where there is one. */
  readonly node?: Node;
}

export interface Coupling {
  readonly groups: readonly CouplingGroup[];
  readonly kept: readonly KeptGroup[];
  /** @internal every axis of every value that channels lie on, for the cut. */
  readonly axes: readonly CutAxis[];
}

/** Channels to remove, by group name: ascending, without repetition, never all of a group. */
export type Removal = ReadonlyMap<string, readonly number[]>;
