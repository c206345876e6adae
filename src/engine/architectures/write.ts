import type { NewDocument } from '../../protocol/results/file.ts';
import { writeModel } from '../onnx/file.ts';
import { inspectModel } from '../ops/inspect.ts';
import { newModel } from './make.ts';
import type { NewModelSettings } from './settings.ts';

/** Makes a new model and writes it to `file` (absolute). Throws as `newModel`, `disk.*`. */
export async function writeNewModel(settings: NewModelSettings, file: string, signal: AbortSignal): Promise<NewDocument> {
  const { model, warnings } = await newModel(settings, { signal });
  await writeModel(model, file);
  const { file: written, parameters, macs, inputs, outputs } = await inspectModel({ path: file });
  return { output: { path: file, bytes: written.bytes }, warnings, architecture: settings.new, parameters, macs, inputs, outputs };
}
