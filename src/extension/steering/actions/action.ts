import type { StepDeclaration } from '../../../engine/base/declaration.ts';
import type { LayersText } from '../../../engine/recipe/layer-entries.ts';
import type { LayerChange } from '../../../engine/recipe/plan-layers.ts';
import type { ActionView, LayerSetting, LayerView } from '../../../protocol/view.ts';

/** What actions are offered by. */
export interface ActionContext {
  readonly layers: readonly LayerView[];
  /** The recipe in use; undefined: one would be made, to quantize. */
  readonly recipe: LayersText | undefined;
  readonly settings: readonly LayerSetting[];
  /** Every step that recipes can have (`recipe/steps.ts`). */
  readonly registered: readonly StepDeclaration[];
  /** Jobs may run: a trusted workspace, a file on a disk. */
  readonly canRun: boolean;
}

type Offer = Omit<ActionView, 'id' | 'on'>;

/** Changes settings of the selected layers in the recipe. */
export interface SettingAction {
  readonly kind: 'setting';
  readonly id: string;
  /** How it is shown, with the layers it can be done for; undefined where it makes no sense. */
  offer(context: ActionContext): Offer | undefined;
  /** `choice` is one of the offer's values. */
  change(context: ActionContext, choice: string | undefined): Omit<LayerChange, 'layers'>;
}

/** A command of VS Code. */
export interface CommandCall {
  readonly command: string;
  readonly arguments: readonly unknown[];
}

/** `model` and `recipe` are addresses as commands take them, `layers` are names. */
export interface RunRequest {
  readonly model: unknown;
  /** The recipe in use. */
  readonly recipe: unknown;
  readonly layers: readonly string[];
  readonly choice: string | undefined;
}

/** Runs something for the model, or for the selected layers. */
export interface RunAction {
  readonly kind: 'run';
  readonly id: string;
  readonly on: ActionView['on'];
  offer(context: ActionContext): Offer | undefined;
  call(request: RunRequest): CommandCall;
}

export type Action = SettingAction | RunAction;

/** Steps that the recipe in use has; of one that is yet to be made: quantize. */
export function stepsOf({ recipe, registered }: ActionContext): StepDeclaration[] {
  const names = recipe ? recipe.steps.map(({ name }) => name) : ['quantize'];
  return registered.filter(({ name }) => names.includes(name));
}

/** The first of these steps whose setting may differ by layer. */
export const stepWith = (context: ActionContext, key: string): StepDeclaration | undefined =>
  stepsOf(context).find(({ parameters }) => parameters.properties[key]?.['layer'] === true);
