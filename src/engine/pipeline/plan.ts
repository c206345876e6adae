import type { ResolvedStep } from '../recipe/types.ts';
import type { Stage } from './progress.ts';
import { stageName } from './stage-name.ts';
import { trackOf, type Tracks } from './tracks.ts';
import { runnerFor } from './step-chain.ts';

export const evaluateBefore = 'evaluate before';
export const evaluateAfter = 'evaluate after';
/** Of what a step's result is compared with. */
export const evaluateRival = (index: number): string => `evaluate rival ${index + 1}`;
export const compareStage = 'compare layers';
export const latencyStage = 'time';

/** An evaluation runs a quantized model twice, as written and fused, and as written takes about this many times longer than the float model. */
const quantizedFactor = 3;
/** Comparing fetches every layer of two models. */
const compareFactor = 6;

/** What a run consists of, weighed in runs of the float model on one picture. */
export function stagesOf(steps: readonly ResolvedStep[], tracks: Tracks, compared: number): Stage[] {
  const { data } = tracks.main;
  const measured = data.test?.samples.length ?? 0;
  const stages: Stage[] = data.test ? [{ name: evaluateBefore, weight: measured }] : [];
  for (const step of steps) {
    const { pictures, phases } = runnerFor(step.step).plan(step, trackOf(tracks, step).data);
    stages.push({ name: stageName(step), weight: Math.max(1, pictures), ...(phases ? { phases } : {}) });
  }
  if (data.test && steps.length) stages.push({ name: evaluateAfter, weight: measured * quantizedFactor });
  const rivals = data.test ? Math.max(0, ...steps.map((step) => runnerFor(step.step).rivals?.(step, tracks.main.source.model) ?? 0)) : 0;
  for (let i = 0; i < rivals; i++) stages.push({ name: evaluateRival(i), weight: measured * quantizedFactor });
  if (compared > 0 && steps.length) stages.push({ name: compareStage, weight: compared * compareFactor });
  // Timing takes about as long as some hundred calls.
  if (data.test && steps.length) stages.push({ name: latencyStage, weight: 200 });
  return stages;
}
