/** What a client of the language server may say of the workspace: `initializationOptions`, and `optionsNotification` later on, whole each time. */
export interface LanguageOptions {
  /** false: nothing outside the workspace's folders is read, and no network path. By default true, for editors without such a notion. */
  readonly trusted?: boolean;
  /** Folder of run folders, relative to its workspace folder. By default `lathe-runs`. */
  readonly runsFolder?: string;
  /** Absolute: where facts of models are kept between sessions. By default they are kept in memory only. */
  readonly cacheFolder?: string;
  /** Absolute: where the editor keeps the analyses of this workspace. */
  readonly analysesFolder?: string;
  /** The client has `recipeCommands`: lenses above recipes and steps call them. By default none are offered. Of `initializationOptions` only. */
  readonly commands?: boolean;
  /** Command of the client that shows completions again, where a key was chosen whose values are known (VS Code: `editor.action.triggerSuggest`). Of `initializationOptions` only. */
  readonly suggestAgain?: string;
  /** The client draws figures of layers itself (`layerLinesNotification`); by default they are inlay hints. Of `initializationOptions` only. */
  readonly drawsLayerLines?: boolean;
}

/**
 * Commands of the client that code lenses call. Arguments: the recipe's URI, then what it is about: the position of a step or of an entry of `deploy` from 0,
 * or the folder of a run.
 */
export const recipeCommands = {
  run: 'lathe.recipe.run',
  dryRun: 'lathe.recipe.dryRun',
  analyze: 'lathe.recipe.analyze',
  showChain: 'lathe.recipe.showChain',
  compareWithLastRun: 'lathe.recipe.compareWithLastRun',
  check: 'lathe.check',
  deploy: 'lathe.deploy',
  deployDryRun: 'lathe.deployDryRun',
} as const;

/** What is known of the layers that one line of a recipe is about. */
export interface LayerLine {
  /** From 0. */
  readonly line: number;
  /** "41 dB", "6 layers · worst 9 dB". */
  readonly text: string;
  /** How bad the worst of them is: 0 best, 1 worst; absent where nothing was measured. */
  readonly rank?: number;
  /** The same as one sign, for who sees no colours: "▂". */
  readonly bar?: string;
  /** The worst layer, where the line is about several. */
  readonly worst?: string;
  /** Where the figure comes from: "SQNR, weights 4, activations 8, 256 pictures". */
  readonly source?: string;
  /** Why it is not of the model as it is now. */
  readonly stale?: string;
}

export interface LayerLines {
  readonly uri: string;
  readonly version: number;
  readonly lines: readonly LayerLine[];
}

/** Tells a client that draws them what stands beside the lines of a recipe: parameters are `LayerLines`, whole each time. */
export const layerLinesNotification = 'lathe/layerLines';

/** The options have changed: parameters are `LanguageOptions`. */
export const optionsNotification = 'lathe/options';

/** Files have changed of which no editor's watcher tells, analyses in the workspace's storage: parameters are absolute paths. */
export const changedNotification = 'lathe/changed';
