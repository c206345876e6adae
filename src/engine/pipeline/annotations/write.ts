import type { AnalyzeJob } from '../../../protocol/job.ts';
import { toJson } from '../../base/json.ts';
import type { Model } from '../../onnx/graph.ts';
import type { Analysis } from '../../sensitivity/types.ts';
import { writeOutput } from '../part-file.ts';
import { byWidth } from './figures.ts';
import { modelExplorerData } from './model-explorer.ts';
import { netronAttachment } from './netron.ts';
import { analysisOverlay } from './overlay.ts';

/**
 * Writes the files that other tools, and the editor, draw over a model. Model Explorer shows one figure a node: of several widths each gets a file
 * of its own, its width before the extension. Throws `disk.full`, `disk.denied`.
 */
export async function writeAnnotations(
  files: Pick<AnalyzeJob, 'overlay' | 'netron' | 'modelExplorer'>,
  analysis: Analysis,
  model: Model,
  sha256: string,
): Promise<void> {
  const write = (file: string, value: unknown): Promise<unknown> => writeOutput(file, `${toJson(value)}\n`);
  if (files.overlay !== undefined) await write(files.overlay, analysisOverlay(analysis, sha256));
  if (files.netron !== undefined) await write(files.netron, netronAttachment(analysis, model));
  if (files.modelExplorer === undefined) return;
  const widths = byWidth(analysis);
  for (const figures of widths) {
    const file = widths.length === 1 ? files.modelExplorer : files.modelExplorer.replace(/(\.json)?$/i, `.${figures.name}.json`);
    await write(file, modelExplorerData(figures, model));
  }
}
