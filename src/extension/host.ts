import type * as vscode from 'vscode';
import type { InputDeclaration } from '../engine/data/source.ts';
import type { ModelInput } from '../engine/data/types.ts';
import type { PreviewPicture } from '../protocol/webview.ts';
import type { FindingStore } from './boards/findings/store.ts';
import type { BoardStore } from './boards/view/board-store.ts';
import type { JobOutcomes } from './jobs/outcomes.ts';
import type { JobRunner } from './jobs/runner.ts';
import type { OverlayStore } from './overlays/store.ts';
import type { RunStore } from './runs/run-store.ts';
import type { TrainingPanels } from './training/training-panels.ts';
import type { Steering } from './steering/steering.ts';

/** What commands work with. */
export interface Host {
  readonly context: vscode.ExtensionContext;
  readonly output: vscode.LogOutputChannel;
  readonly jobs: JobRunner;
  /** How they ended. */
  readonly outcomes: JobOutcomes;
  /** Figures by layer that are known of models. */
  readonly overlays: OverlayStore;
  /** Runs of this window's folders. */
  readonly runs: RunStore;
  /** Boards that recipes and settings name. */
  readonly boards: BoardStore;
  /** What checks and tools said of them. */
  readonly findings: FindingStore;
  /** Views of models and their recipes. */
  readonly steering: Steering;
  /** Learning curves. */
  readonly trainings: TrainingPanels;
}

/** Sample pictures as a model gets them. */
export const previewPictures = (host: Host, files: string[], modelInput: ModelInput, input: InputDeclaration): Promise<PreviewPicture[]> =>
  host.jobs.runQuietly({ kind: 'preview', files, input, modelInput });
