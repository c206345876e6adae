import type { Issue, Path, Severity } from '../check.ts';
import type { Known, ModelFacts } from '../facts/types.ts';
import type { LayerIndex } from '../layer-index.ts';
import type { StepDeclaration } from '../../base/declaration.ts';
import type { TargetLimits } from '../../targets/limits.ts';
import type { LayerOverride, Recipe, ResolvedRecipe, Settings, Task } from '../types.ts';
import type { World } from '../world.ts';

/** A kind of problem, for the page that explains it. */
export interface ProblemKind {
  /** Stable and dotted: `recipe.layer`. */
  readonly code: string;
  /** As it is told unless a rule says otherwise. */
  readonly severity: Severity;
  /** "A layer that the model does not have". */
  readonly title: string;
  /** What it means and what to do, in Markdown. */
  readonly text: string;
  /** Recipe text that has the problem, as far as it matters. */
  readonly example?: string;
}

/** A check of what a recipe means. A new one is a file in this folder and a line in `index.ts`. */
export interface Rule {
  /** What it may find. */
  readonly kinds: readonly ProblemKind[];
  check(context: RuleContext): Iterable<Issue>;
}

/** A step as its recipe has it. */
export interface StepView {
  readonly index: number;
  readonly name: string;
  readonly declaration: StepDeclaration;
  /** As written, without `on`. */
  readonly written: Settings;
  /** All keys, defaults of target and declaration filled in. */
  readonly settings: Settings;
  /** Alias of the model that it works on, "" in a recipe of one model; undefined where that is not known. */
  readonly model: string | undefined;
  readonly path: Path;
}

/** An entry of `layers`. */
export interface LayersView {
  readonly written: string;
  /** Without the alias. */
  readonly pattern: string;
  readonly override: LayerOverride;
  /** What it matches in each model that is known and that it may be about. */
  readonly matches: ReadonlyMap<string, Uint32Array>;
}

/** What rules look at. The recipe may be broken in other places: it is what could be read. */
export interface RuleContext {
  readonly recipe: Recipe;
  /** Absolute folder where relative paths begin. */
  readonly folder: string;
  /** `run`: what would stop the run is an error. `validate`: data and preprocessing may still come, so they are warnings. */
  readonly for: 'run' | 'validate';
  readonly target: TargetLimits;
  readonly task: Task;
  readonly data: ResolvedRecipe['data'];
  /** Without those that could not be read. */
  readonly steps: readonly StepView[];
  readonly layers: readonly LayersView[];
  /** By alias, "" in a recipe of one model. */
  readonly models: ReadonlyMap<string, ModelSeen>;
  readonly aliases: readonly string[];
  readonly world: World;
  /** Whether something at this path, above or below it could not be read: then nothing is missing there for sure. */
  unsure(path: Path): boolean;
}

/** A model of the recipe, and where that names it. */
export interface ModelSeen {
  readonly facts: Known<ModelFacts>;
  readonly path: Path;
  /** Absent for a network that is not made yet. */
  readonly file?: string;
  readonly index: LayerIndex | undefined;
  /** What the maker of a new network says of it. */
  readonly warnings: readonly string[];
}
