import { notice, question } from './transport.ts';
import type { LayerDetail, ModelView, ProblemView } from './view.ts';

/** Messages of the model editor (`lathe.model`). */
export const modelMessages = {
  /** View → host: listening; show what there is. Sent again whenever the view was made anew. */
  ready: notice<null>('model/ready'),
  /** Host → view. */
  show: notice<{ model: ModelView }>('model/show'),
  /** Host → view: there is nothing to show. */
  problem: notice<ProblemView>('model/problem'),
  /** View → host: the button of a problem was pressed. */
  act: notice<{ id: NonNullable<ProblemView['action']>['id'] }>('model/act'),
  /** View → host: what to show beside the table for one layer. */
  detail: question<{ index: number }, LayerDetail>('model/detail'),
} as const;

/** How pictures become numbers: the settings that no model file is sure to state. */
export interface InputChoice {
  color: 'rgb' | 'bgr' | 'gray';
  /** As written in a recipe: "1/255" or "1". */
  scale: string;
  mean: number[];
  std: number[];
}

/** One picture as the model will get it. */
export interface PreviewPicture {
  name: string;
  width: number;
  height: number;
  /** The pixels after resize, crop and colour order, before scale, mean and std: RGBA, for the eye. */
  pixels: Uint8Array;
  /** What reaches the model, per channel in its own order. */
  channels: { name: string; low: number; high: number; mean: number }[];
}

export interface InputPreset {
  label: string;
  /** Where such numbers are usual. */
  detail: string;
  choice: Pick<InputChoice, 'scale' | 'mean' | 'std'>;
}

/** Messages of the panel that asks how pictures become the model's input. */
export const inputMessages = {
  /** View → host. */
  ready: notice<null>('input/ready'),
  /** Host → view: what is known and what is guessed, and from what. */
  start: notice<{
    model: string;
    /** "float32 1×3×32×32". */
    input: string;
    channels: 1 | 3;
    choice: InputChoice;
    /** Where the guess comes from, one sentence. */
    origin: string;
    presets: InputPreset[];
  }>('input/start'),
  /** View → host: sample pictures by these settings. */
  preview: question<InputChoice, { pictures: PreviewPicture[] }>('input/preview'),
  /** View → host: go on with these. */
  accept: notice<InputChoice>('input/accept'),
  /** View → host. */
  cancel: notice<null>('input/cancel'),
} as const;
