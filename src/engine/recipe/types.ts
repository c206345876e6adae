import type { Severity } from './check.ts';
import type { ResolvedLink, SeamDeclaration } from './chain.ts';
import type { NewModelSettings } from '../architectures/settings.ts';
import type { DeployEntry } from '../targets/deploy-settings.ts';
import type { DataSource, InputDeclaration, TrainingSource } from '../data/source.ts';

/** Something to say about a recipe, at an exact place. Lines and columns are 1-based; the end is exclusive. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly severity: Severity;
  /** Stable and dotted: `recipe.unknown-key`. */
  readonly code: string;
  readonly message: string;
  /** What should stand at this place instead, as text of the file; absent where there is no one obvious answer. */
  readonly fix?: string;
  /** Other places of the file that have to do with it. */
  readonly related?: readonly { line: number; column: number; endLine: number; endColumn: number; message: string }[];
}

export type Task = 'classification' | 'detection' | 'restoration' | 'none';

/** What pictures are for. Choices look at `validation`, final figures at `test`, never the other way round (recipe.md, "Three kinds of data"). */
export const dataUses = ['train', 'validation', 'calibration', 'test'] as const;
export type DataUse = (typeof dataUses)[number];

/** Settings of a step: the keys of its declaration. Plain data. */
export type Settings = Record<string, unknown>;

/** One entry of `layers`: settings of steps under their own names, or `<step>: false` to leave the layer out of a step. */
export type LayerOverride = Settings;

/** One entry of `steps`: the step's name and its settings. */
export type RecipeStep = Record<string, Settings>;

/** A seeded part of another source: `validation: { fraction: 0.1 }`. */
export interface Fraction {
  readonly fraction: number;
}

/** One of several models: a file, or a new network of a named architecture. */
export type RecipeModel =
  { model: string; input?: SeamDeclaration | Record<string, SeamDeclaration>; 'per-channel'?: boolean } | NewModelSettings;

/** A recipe as written: nothing filled in, paths relative to its file. Valid against the schema. */
export interface Recipe {
  version: 1;
  /** Absent in a recipe of several models. */
  model?: string;
  /** By alias. */
  models?: Record<string, RecipeModel>;
  /** Aliases, in the order in which they run. */
  chain?: string[];
  target?: string;
  task?: Task;
  seed?: number;
  data?: {
    /** One declaration, or one for each input of the model by name. */
    input?: InputDeclaration | Record<string, InputDeclaration>;
    train?: TrainingSource;
    validation?: DataSource | Fraction;
    calibration?: DataSource;
    test?: DataSource;
  };
  steps?: RecipeStep[];
  layers?: Record<string, LayerOverride>;
  gate?: { drop: number; 'lost-boxes'?: number; 'false-boxes'?: number };
  output?: { folder?: string; formats?: string[]; name?: string };
  deploy?: DeployEntry | DeployEntry[];
}

/** A model with an absolute path, or one to make, its seed filled in. */
export type ResolvedModel = Readonly<{ model: string }> | Readonly<NewModelSettings>;

/** A source with absolute paths. */
export type ResolvedSource = DataSource;

/** `path`: a data set of its own; `part`: a seeded fraction of another one, which then goes without these pictures. */
export type ResolvedValidation = { kind: 'path'; source: ResolvedSource } | { kind: 'part'; of: 'train' | 'calibration'; fraction: number };

export interface ResolvedStep {
  /** Name of the step's declaration: `quantize`. */
  readonly step: string;
  /** Position in the recipe, from 0. */
  readonly index: number;
  /** Alias of the model that it works on; absent in a recipe of one model. */
  readonly on?: string;
  /** All keys of the declaration, defaults filled in: target over default, recipe over target. */
  readonly settings: Settings;
  /** By layer name (in the model that it works on, as the recipe has it): what differs from `settings`. `{ [step]: false }` leaves the layer out. */
  readonly layers: Readonly<Record<string, LayerOverride>>;
}

/** A recipe ready to run: every default filled in, every path absolute, every layer a name. Plain data: it crosses processes. */
export interface ResolvedRecipe {
  readonly version: 1;
  /** The recipe's file, absolute; absent when a command made the recipe. */
  readonly file?: string;
  /** Where relative paths began, absolute; label files are looked for here first. */
  readonly folder: string;
  /** Names the run folder: the recipe's file name without its ending, or the model's. */
  readonly name: string;
  /** Absolute; absent in a recipe of several models. */
  readonly model?: string;
  /** By alias, in the order of the recipe. */
  readonly models?: Readonly<Record<string, ResolvedModel>>;
  /** The models as one; steps then are `on` none, and say of the layers of models that they leave alone. */
  readonly chain?: readonly ResolvedLink[];
  /** Name of a target in `targets/index.ts`. */
  readonly target: string;
  readonly task: Task;
  readonly seed: number;
  readonly data: {
    /** As declared; what is missing comes from the model (data/input-settings.ts). */
    readonly input?: InputDeclaration | Record<string, InputDeclaration>;
    readonly train?: TrainingSource;
    readonly validation?: ResolvedValidation;
    readonly calibration?: ResolvedSource;
    readonly test?: ResolvedSource;
  };
  readonly steps: readonly ResolvedStep[];
  readonly gate?: { readonly drop: number; readonly 'lost-boxes'?: number; readonly 'false-boxes'?: number };
  readonly output: {
    /** Absolute: run folders are made in here. */
    readonly folder: string;
    readonly formats: readonly string[];
    /** Of model files, with `{model}` and `{step}`. */
    readonly name: string;
    /** Absolute path of one more copy of the final model (`-o FILE.onnx`). */
    readonly file?: string;
  };
  /** Every default filled in, the target too; `identity` absolute. */
  readonly deploy?: readonly DeployEntry[];
}
