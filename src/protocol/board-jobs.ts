import type { CompileSettings, DeployEntry } from '../engine/targets/deploy-settings.ts';
import type { DataRequest, RecipeRequest } from './requests.ts';

/* Jobs on the way to a board, and from another framework. */

/** Where each node of a model would run on a board, and what to do about refusals. */
export interface CheckJob {
  kind: 'check';
  /** Absolute path. */
  model: string;
  /** Name of a target. */
  target: string;
  /** Accelerator by name or fingerprint, where the target has several. */
  architecture?: string;
  /** Sizes of inputs with free dimensions beside the batch. */
  shapes?: Record<string, number[]>;
  /** Fixes to apply, by id, or `exact` (those that change nothing) or `all`, on all nodes or those named; needs `output`. */
  fixes?: { ids: string[]; nodes?: string[] };
  /** Absolute path of the model with the fixes applied. */
  output?: string;
}

/** A vendor's compiler, run on a model. */
export interface CompileJob {
  kind: 'compile';
  /** Absolute path: .onnx (exported first where the compiler takes another container), .xmodel, .h5. */
  model: string;
  /** Takes the place of `model`, which then names its file: what its newest finished run has made, or the run that is named. */
  recipe?: RecipeRequest;
  target: string;
  settings: CompileSettings;
  /** Absolute folder for all that the compiler writes; by default beside the model. */
  folder?: string;
  /** Pictures for compilers that calibrate by themselves. */
  calibration?: DataRequest;
  /** Absolute path of the model that makes of these pictures what `model` takes: of a chain all that stands before it. */
  through?: string;
  /** Of the board's accelerator, where it was asked: nothing else is compiled for. */
  fingerprint?: string;
  dryRun?: boolean;
}

/** Compiles, copies to boards, runs and measures: the entries of a recipe's `deploy:`. */
export interface DeployJob {
  kind: 'deploy';
  recipe: RecipeRequest;
  /** Positions of entries; absent: all. */
  entries?: number[];
  /** Run folder whose final model it is; by default the newest finished one of this recipe. `new`: run the recipe first. */
  run?: string;
  dryRun?: boolean;
  /** On this machine instead of the entries' hosts, without ssh: those whose target is a CPU, or one for it where there is none. */
  here?: boolean;
  /** ssh may ask for a password or a passphrase: on the terminal, or by the program in SSH_ASKPASS. */
  ask?: boolean;
}

/** What a board is and has; or a model on it removed. */
export interface BoardJob {
  kind: 'board';
  entry: DeployEntry;
  /** Name of a model in our folder on it. */
  remove?: string;
  /** As for `deploy`. */
  ask?: boolean;
}

/** A file of another framework, turned into ONNX by the user's own Python. */
export interface ImportJob {
  kind: 'import';
  /** Absolute path of a file or folder (SavedModel). */
  file: string;
  output: string;
  /** Python program; found by default. */
  python?: string;
  /** Of a state dict: `module:function` or `torchvision.models:resnet18`, that makes the network; arguments as JSON. */
  architecture?: { call: string; arguments?: Record<string, unknown> };
  /** Of each input, in their order. */
  shapes?: number[][];
  opset?: number;
  /** The user has agreed that the file may run code of its own. */
  trusted?: boolean;
}
