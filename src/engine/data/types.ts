import type { DataType } from '../onnx/data-type.ts';
import type { Dim } from '../onnx/graph.ts';
import type { RuntimeTensor } from '../runtime/runtime.ts';
import type { AugmentEntry } from './augment/index.ts';
import type { StreamedSet } from './stream.ts';

/** A decoded picture: interleaved samples (gray, or RGB), row by row, 0 to 255. Alpha is dropped, as Pillow and OpenCV do. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** Floats, not clipped, after a degradation that makes such values (noise). */
  readonly data: Uint8Array | Float32Array;
}

/** What a model takes: a tensor input, as its graph or session declares it. */
export interface ModelInput {
  readonly name: string;
  readonly type: DataType;
  readonly shape: readonly Dim[];
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Class index; 0 where the data has one class. */
  readonly label: number;
  readonly score?: number;
  /** Points of the object in the order of the labels' file, [x, y] each, as eyes, nose and corners of the mouth of a face; `null`: not seen. */
  readonly landmarks?: readonly (readonly [x: number, y: number] | null)[];
}

/** `data.input` of the recipe: how a picture becomes the model's input. Applied in the order of the fields. */
export interface InputSettings {
  readonly resize?: {
    readonly size: readonly [number, number];
    readonly mode: 'nearest' | 'bilinear' | 'bicubic';
    readonly antialias: boolean;
    readonly fit: 'stretch' | 'shorter' | 'longer' | 'pad';
    readonly align: 'center' | 'top-left';
    readonly value: number;
  };
  /** Centre crop, [height, width]. */
  readonly crop?: readonly [number, number];
  readonly color: 'rgb' | 'bgr' | 'gray';
  readonly scale: number;
  /** Per channel, after scale, in the order of `color`. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly layout: 'nchw' | 'nhwc';
}

/** What is known of a sample without decoding it. */
export interface SampleInfo {
  /** Position in the dataset's order. */
  readonly index: number;
  /** The file, relative to the dataset's folder, with forward slashes: stable across machines. */
  readonly id: string;
  readonly label?: number;
  readonly boxes?: readonly Box[];
  /** What the label file says of it, where it has splits. */
  readonly split?: string;
}

/** A sample as the model sees it. */
export interface LoadedSample extends SampleInfo {
  /** One picture: shape without the batch dimension, [C, H, W] or [H, W, C], or as stored for .npy. */
  readonly input: RuntimeTensor;
  /** What the output should be (restoration), same form as `input`. */
  readonly target?: RuntimeTensor;
  /** From picture pixels to input pixels, for boxes: x' = x * scaleX + offsetX. */
  readonly geometry: { readonly scaleX: number; readonly scaleY: number; readonly offsetX: number; readonly offsetY: number };
}

/** Samples in a fixed order, chosen once. Decoding happens in `stream`; nothing is kept beyond its bounded window. */
export interface Dataset {
  readonly path: string;
  readonly samples: readonly SampleInfo[];
  /** How pictures are fed; absent where only arrays are read. */
  readonly input?: InputSettings;
  /** Every sample has a target: pairs and degraded pictures. */
  readonly hasTargets?: boolean;
  /** Class names in label order, where folders or a file name them. */
  readonly classes?: readonly string[];
  /** What is done to pictures that are learnt from; `stream` gives them as they are. */
  readonly augment?: readonly AugmentEntry[];
  /** Samples of one training step, where the data say so. */
  readonly batch?: number;
  /** The samples' files, for those who read them in another order; absent where they can only be streamed. */
  readonly set?: StreamedSet;
  /** sha256 over ids, labels, settings and file contents' sizes: the key under which results on this data are kept. */
  readonly fingerprint: string;
  /** Decoded and preprocessed, in dataset order; corrupt pictures are skipped, counted and warned of (over 1 %: LatheError `data.corrupt`). */
  stream(options: { readonly signal: AbortSignal; readonly from?: number; readonly to?: number }): AsyncIterable<LoadedSample>;
}
