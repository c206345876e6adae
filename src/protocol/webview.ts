import { bytes, either, exactly, fields, finite, index, list, nothing, oneOf, optional, small, text } from './check.ts';
import { notice, question } from './transport.ts';
import type { DrawableGraph } from './drawable.ts';
import type {
  ActionView,
  ChannelsView,
  JobView,
  LayerDetail,
  ModelView,
  OutcomeView,
  OverlayOffer,
  OverlayView,
  ProblemView,
  RecipeView,
} from './view.ts';
import type { KernelsView, OriginView, RoundedView, WeightsPlace, WeightsView } from './weights.ts';

/** Signs of an overlay file, of a view's state as JSON; bytes of a picture. */
const longestOverlay = 64 * 1024 * 1024;
const longestState = 1024 * 1024;
const largestPicture = 512 * 1024 * 1024;

const weightsPlace = { node: index, input: index };

/** Messages of the model editor (`lathe.model`). Those from the view are checked: see `check.ts`. */
export const modelMessages = {
  /** View → host: listening; show what there is. Sent again whenever the view was made anew. */
  ready: notice<null>('model/ready', nothing),
  /** Host → view. */
  show: notice<{ model: ModelView; graph: DrawableGraph }>('model/show'),
  /** Host → view: there is nothing to show. */
  problem: notice<ProblemView>('model/problem'),
  /** View → host: the button of a problem was pressed. */
  act: notice<{ id: NonNullable<ProblemView['action']>['id'] }>('model/act', fields({ id: oneOf('reload', 'open-as-text') })),
  /** Host → view: why nothing can be run on this model, though it is shown; null: it can. */
  limited: notice<{ sentence: string; trust: boolean } | null>('model/limited'),
  /** View → host: let a person decide whether this workspace is trusted. */
  manageTrust: notice<null>('model/manage-trust', nothing),
  /** View → host: what to show beside the table for one layer. */
  detail: question<{ index: number }, LayerDetail>('model/detail', fields({ index })),
  /** Host → view: what is known of the layers. `show`: id of the overlay that was asked for just now. */
  overlays: notice<{ overlays: OverlayView[]; offers: OverlayOffer[]; canAnalyze: boolean; show?: string }>('model/overlays'),
  /** View → host: get the figures of an offer. */
  measure: notice<{ id: string }>('model/measure', fields({ id: text() })),
  /** View → host: take away an overlay that came from a file; the file stays. */
  forget: notice<{ id: string }>('model/forget', fields({ id: text() })),
  /** View → host: a file was dropped on the view, or its address where it came from VS Code; answers with the ids of the overlays it brought. */
  drop: question<{ name: string; text: string } | { uri: string }, string[]>(
    'model/drop',
    either(fields({ name: text(), text: text(longestOverlay) }), fields({ uri: text() })),
  ),
  /** View → host: ranges, histograms and worst channels of one layer, measured now by a job in the way of the shown overlay. */
  channels: question<{ index: number; overlay: string }, ChannelsView[]>('model/channels', fields({ index, overlay: text() })),
  /** View → host: a look into a stored tensor. One reading at a time: a new question ends the one before with an error. */
  weights: question<WeightsPlace, WeightsView>('model/weights', fields(weightsPlace)),
  /** View → host: the tensor beside itself in so many bits, or beside the float tensor that a run made it from. */
  rounded: question<WeightsPlace & { against: number | 'original' }, RoundedView>(
    'model/rounded',
    fields({ ...weightsPlace, against: either(finite, exactly('original')) }),
  ),
  /** View → host: some of its elements, for a picture. */
  kernels: question<WeightsPlace & { firstRow: number; firstCell: number }, KernelsView>(
    'model/kernels',
    fields({ ...weightsPlace, firstRow: index, firstCell: index }),
  ),
  /** Host → view: how far the reading is, from 0 to 1. */
  reading: notice<{ fraction: number }>('model/reading'),
  /** View → host: nobody waits for it any more. */
  stopReading: notice<null>('model/stop-reading', nothing),
  /** View → host: what the run that made this model, or the newest that began with it, did to a layer; null: there is none. */
  origin: question<{ node: number }, OriginView | null>('model/origin', fields({ node: index })),
  /** Host → view: what can be done here. */
  actions: notice<{ actions: ActionView[] }>('model/actions'),
  /** View → host: do it, for these layers; `choice` is one of the action's values. */
  perform: notice<{ id: string; layers: number[]; choice?: string }>(
    'model/perform',
    fields({ id: text(), layers: list(index), choice: optional(text()) }),
  ),
  /** Host → view: what the recipe in use says of the layers; null: there is none. */
  recipe: notice<{ recipe: RecipeView | null }>('model/recipe'),
  /** View → host: show the line of the recipe that applies to a layer. */
  recipeLine: notice<{ index: number }>('model/recipe-line', fields({ index })),
  /** View → host: which recipe its settings are shown of and changed in; asks where there are several. */
  chooseRecipe: notice<null>('model/choose-recipe', nothing),
  /** View → host: take the last change made from this view back. */
  undoRecipe: notice<null>('model/undo-recipe', nothing),
  /** View → host: the selected layers, each time they change; the last is the leading one. Commands act on them. */
  selection: notice<{ layers: number[] }>('model/selection', fields({ layers: list(index) })),
  /** Host → view: select these layers, the last leading, and bring them into sight; at least one. */
  reveal: notice<{ layers: number[] }>('model/reveal'),
  /** Host → view: jobs for this model that run or wait; all of them, each time. */
  jobs: notice<{ jobs: JobView[] }>('model/jobs'),
  /** View → host. */
  cancelJob: notice<{ id: number }>('model/cancel-job', fields({ id: index })),
  /** Host → view: what jobs that ended lately have to say; all of them, each time. */
  outcomes: notice<{ outcomes: OutcomeView[] }>('model/outcomes'),
  /** View → host: a button of an outcome was pressed; it then leaves the list. */
  followOutcome: notice<{ id: number; to: OutcomeView['next'][number]['id'] | 'dismiss' }>(
    'model/follow-outcome',
    fields({ id: index, to: oneOf('compare', 'report', 'recipe', 'output', 'dismiss') }),
  ),
  /** View → host: what this view kept when its file was last shown, in whatever editor; null: nothing. */
  kept: question<null, object | null>('model/kept', nothing),
  /** View → host: remember this for the file. */
  keep: notice<{ state: object }>('model/keep', fields({ state: small(longestState) })),
  /** Host → view: one of the view's commands was chosen in the editor's palette or menu. */
  command: notice<{ id: string }>('model/command'),
  /** View → host: choose another model to compare this one with. */
  compare: notice<null>('model/compare', nothing),
  /** View → host: save a picture of the whole graph; SVG as text, PNG as bytes. */
  save: notice<{ name: string; contents: string | Uint8Array }>(
    'model/save',
    fields({ name: text(), contents: either(text(largestPicture), bytes(largestPicture)) }),
  ),
} as const;

/** How pictures become numbers: the settings that no model file is sure to state. */
export interface InputChoice {
  color: 'rgb' | 'bgr' | 'gray';
  /** As written in a recipe: "1/255" or "1". */
  scale: string;
  /** One number for all channels or one for each, in the order of `color`. */
  mean: number[];
  std: number[];
  /** How a picture of another size gets the model's: `crop` is the middle of the shorter side's fit. */
  fit: 'none' | 'stretch' | 'crop' | 'pad';
}

/** One picture on its way into the model, before scale, mean and std. */
export interface PreviewPicture {
  name: string;
  width: number;
  height: number;
  /** Of the file. */
  original: { width: number; height: number };
  /** What the eye should see, whatever the order of channels: RGBA. */
  pixels: Uint8Array;
  /** By channel in the model's order; samples from 0 to 255. */
  channels: { name: string; low: number; high: number; mean: number }[];
}

export interface InputPreset {
  label: string;
  /** The arithmetic, or where such numbers are usual. */
  detail: string;
  choice: Pick<InputChoice, 'scale' | 'mean' | 'std'>;
}

export interface InputQuestion {
  model: string;
  /** "float32 1×3×32×32". */
  input: string;
  /** Colours the model can take. */
  colors: InputChoice['color'][];
  /** Ways to the model's size; only `none` where it takes any. */
  fits: InputChoice['fit'][];
  choice: InputChoice;
  /** Where the choice comes from, one sentence. */
  origin: string;
  certain: boolean;
  presets: readonly InputPreset[];
}

const fit = oneOf('none', 'stretch', 'crop', 'pad');

/** Messages of the panel that asks how pictures become the model's input. */
export const inputMessages = {
  /** View → host. */
  ready: notice<null>('input/ready', nothing),
  /** Host → view. */
  start: notice<InputQuestion>('input/start'),
  /** View → host: sample pictures by these settings. */
  preview: question<Pick<InputChoice, 'color' | 'fit'>, PreviewPicture[]>(
    'input/preview',
    fields({ color: oneOf('rgb', 'bgr', 'gray'), fit }),
  ),
  /** View → host: go on with these. */
  accept: notice<InputChoice>(
    'input/accept',
    fields({ color: oneOf('rgb', 'bgr', 'gray'), scale: text(), mean: list(finite, 4), std: list(finite, 4), fit }),
  ),
  /** View → host. */
  cancel: notice<null>('input/cancel', nothing),
} as const;
