import type { Network, NetworkOutput, Normalization, Value } from './network.ts';

/** What one wants of a named architecture. */
export interface ArchitectureRequest {
  /** Rows of the last layer; of a restoration net the channels of its output. */
  readonly classes: number;
  /** Points of an object that a detector finds; 0: none. */
  readonly landmarks: number;
  /** Channels, height and width of a picture. */
  readonly input: readonly [number, number, number];
  /** Factor of the channels. */
  readonly width: number;
  /** Input pixels for one of the last feature map, in each direction: a power of two. */
  readonly stride: number;
}

/** A network by name. One file each (a family shares one), and a line in `index.ts`. */
export interface Architecture {
  /** As in `lathe new` and `models: { alias: { new: … } }`. */
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Paper, and whose shapes, names and first weights it has. */
  readonly source: string;
  /** As published: what is not asked for. Without `classes`: as many as the input has channels. */
  readonly usual: {
    readonly input: readonly [number, number, number];
    readonly classes?: number;
    readonly landmarks?: number;
    readonly stride: number;
  };
  /** Strides that it can have, smallest first. */
  readonly strides: readonly number[];
  /** Of its batch normalizations; absent: 1e-5 and 0.1. */
  readonly normalization?: Normalization;
  /**
   * Builds it from the input to the output: features [N, classes] or maps, or several outputs under their own names. Throws `architecture.input` for a
   * picture that is too small.
   */
  build(network: Network, input: Value, request: ArchitectureRequest): Value | readonly NetworkOutput[];
}
