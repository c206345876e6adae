import os from 'node:os';
import type { ProfileJob, WeightsJob } from '../../protocol/job.ts';
import type { FiguresDocument } from '../../protocol/results/analyze.ts';
import type { OverlayView } from '../../protocol/view.ts';
import { profileLayers, type LayerProfile } from '../evaluate/profile/profile-layers.ts';
import type { Model } from '../onnx/graph.ts';
import { scanModel } from '../onnx/scan.ts';
import { measureWeights } from '../overlays/weights/measure.ts';
import type { JobDeps } from './jobs.ts';
import { ProgressTracker } from './progress.ts';
import type { RunDeps } from './session.ts';

/** Reads the weights of a model and says what they give away by themselves. Runs nothing. */
export async function runWeights({ model: path }: WeightsJob, { context, onProgress }: JobDeps): Promise<FiguresDocument> {
  const began = context.clock.monotonic();
  const tracker = new ProgressTracker([{ name: 'weights', weight: 1 }], context.clock, onProgress);
  const model = await scanModel(path);
  const overlays = await measureWeights(model, { signal: context.signal, progress: tracker.begin('weights') });
  return { model: path, layers: model.graph.nodes.length, overlays, seconds: (context.clock.monotonic() - began) / 1000, warnings: [] };
}

/** Times each layer of a model on this machine. */
export async function runProfile(job: ProfileJob, { context, runtime }: RunDeps): Promise<FiguresDocument> {
  const began = context.clock.monotonic();
  const { model: path, runs, warmUp, shapes } = job;
  const model = await scanModel(path);
  const profile = await profileLayers({ path, runs, warmUp, ...(shapes ? { shapes } : {}) }, { runtime, context });
  const machine = `${os.cpus()[0]?.model.trim() ?? os.arch()}, ${runtime.name} ${runtime.version}`;
  const overlay = latencyOverlay(profile, model, machine);
  return {
    model: path,
    layers: model.graph.nodes.length,
    overlays: [overlay],
    seconds: (context.clock.monotonic() - began) / 1000,
    warnings: [],
  };
}

/** The profile as an overlay; `machine` says on what it was measured. */
export function latencyOverlay(profile: LayerProfile, { graph }: Model, machine: string): OverlayView {
  const { timings, inside, added, totalMs, runs, warmUp, threads, shapes } = profile;
  const values = timings.map(({ layer, ms }): [number, number] => [layer, ms]);
  const figures = values.map(([, ms]) => ms);
  const notes = inside.map(([layer, host]): [number, string] => [
    layer,
    host === null
      ? 'Nothing to run: computed once from constants, or not needed.'
      : `Runs inside ${graph.nodes[host]!.label.slice(0, 200)}, whose time holds both.`,
  ]);
  const sizes = Object.values(shapes).map((dims) => dims.join('×'));
  const extra = added.steps
    ? `, ${milliseconds(added.ms)} of them in ${added.steps === 1 ? 'a step' : `${added.steps} steps`} that ONNX Runtime added`
    : '';
  return {
    id: 'latency',
    label: 'Measured latency',
    unit: 'ms',
    better: 'low',
    thresholds: [],
    gradient: { worst: figures.reduce((a, b) => Math.max(a, b), 0), best: 0, log: false },
    fold: 'sum',
    values,
    notes,
    summary: `${milliseconds(totalMs)} for one run${extra}`,
    origin: [
      `median of ${runs} runs after ${warmUp}`,
      `${threads} thread${threads === 1 ? '' : 's'}`,
      machine,
      ...(sizes.length ? [`input ${sizes.join(', ')}`] : []),
      'noise as input, with the profiler running',
    ].join(' · '),
  };
}

const milliseconds = (value: number): string => `${Number(value.toPrecision(3))} ms`;
