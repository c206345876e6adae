import type { Model } from '../onnx/graph.ts';

export type Color = 'rgb' | 'bgr' | 'gray';

/** What is done to a picture between two models, in this order; the words are those of `data.input`. */
export interface SeamSettings {
  readonly resize?: {
    readonly size: readonly [height: number, width: number];
    readonly mode: 'nearest' | 'bilinear' | 'bicubic';
    readonly antialias: boolean;
    readonly fit: 'stretch' | 'shorter' | 'longer' | 'pad';
    readonly align: 'center' | 'top-left';
    /** What `fit: pad` fills the rest with, in the unit of the model before. */
    readonly value: number;
  };
  /** Centre crop. */
  readonly crop?: readonly [height: number, width: number];
  /** What the model behind takes. */
  readonly color?: Color;
  readonly scale?: number;
  /** Per channel, or one for all; after scale. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  /** Of the model behind. */
  readonly layout?: 'nchw' | 'nhwc';
}

/** Where an input of a model comes from. */
export interface Seam extends SeamSettings {
  /** An output of a model before it, or one of its inputs: this one then takes the same. */
  readonly from: { readonly alias: string; readonly value: string };
}

/** A model of a chain. Inputs without a seam are inputs of the whole. */
export interface Link {
  readonly alias: string;
  readonly model: Model;
  /** By input name. */
  readonly seams: Readonly<Record<string, Seam>>;
  /** Of what its inputs without a seam are given. */
  readonly color?: Color;
  readonly layout?: 'nchw' | 'nhwc';
  /** A model of pictures of one channel runs on each channel of what comes by itself. */
  readonly perChannel?: boolean;
}
