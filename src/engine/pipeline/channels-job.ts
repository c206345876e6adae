import type { ChannelsJob } from '../../protocol/job.ts';
import type { ChannelsDocument } from '../../protocol/results/channels.ts';
import type { ResolvedRecipe } from '../recipe/types.ts';
import { createOrtRuntime } from '../runtime/ort-node.ts';
import { layerChannels } from '../sensitivity/channels.ts';
import { openAnalysis, planFor, withProgress } from './analyze-job.ts';
import type { JobDeps } from './jobs.ts';

/** Looks at one layer of a model channel by channel. */
export async function runChannels(
  { layer, widths, samples }: ChannelsJob,
  recipe: ResolvedRecipe,
  deps: Pick<JobDeps, 'context' | 'onProgress'>,
): Promise<ChannelsDocument> {
  const setting = await openAnalysis({ ...(samples === undefined ? {} : { samples }) }, recipe, deps.context);
  const runtime = await createOrtRuntime();
  const context = withProgress(deps, setting, setting.measured.samples.length);
  const plan = await planFor(setting, setting.calibration, runtime, context);
  const document = await layerChannels(plan, { layer, widths, dataset: setting.measured }, { runtime, context });
  return { ...document, model: setting.source.path, warnings: [...setting.warnings] };
}
