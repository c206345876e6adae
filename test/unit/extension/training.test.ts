import { describe, expect, it, vi } from 'vitest';
import type { Job } from '../../../src/protocol/job.ts';
import type { RunSummary } from '../../../src/protocol/runs.ts';
import type { TrainingCurve } from '../../../src/protocol/training.ts';
import { shownTrainings, statusOf, trainingSteps } from '../../../src/extension/training/training-view.ts';

vi.mock('vscode', () => ({}));

const run = (status: RunSummary['status'], more: Partial<RunSummary> = {}): RunSummary => ({
  folder: '/runs/one',
  name: 'one',
  status,
  method: 'train',
  models: [],
  warnings: 0,
  ...more,
});

describe('how a training stands', () => {
  it('is what its job says while there is one, whatever the record says', () => {
    const job = { title: 'Train model.onnx', text: 'train: 3 of 9 steps', fraction: 0.3 };
    expect(statusOf(job, run('cancelled'), 'T')).toEqual({ title: 'T', state: 'running', text: job.text, fraction: 0.3, can: ['cancel'] });
    expect(statusOf({ ...job, fraction: undefined }, undefined, 'T')).toMatchObject({ state: 'waiting', can: ['cancel'] });
  });

  it('can be resumed where it did not finish, and looked at where it did', () => {
    for (const status of ['cancelled', 'failed', 'interrupted'] as const)
      expect(statusOf(undefined, run(status), 'T').can, status).toEqual(['resume', 'output']);
    expect(statusOf(undefined, run('finished'), 'T').can).toEqual(['report', 'models']);
    expect(statusOf(undefined, run('failed', { problem: 'the loss is no number' }), 'T').text).toBe('the loss is no number');
  });

  it('can not be touched where another process works on it, or where it is gone', () => {
    expect(statusOf(undefined, run('running'), 'T').can).toEqual([]);
    expect(statusOf(undefined, undefined, 'T')).toMatchObject({ state: 'unreadable', can: [] });
  });
});

describe('what is shown of trainings', () => {
  const curve = (step: string, done: number, more: Partial<TrainingCurve> = {}): TrainingCurve => ({
    step,
    epochs: 2,
    steps: 10,
    points: [{ step: done, epoch: done / 5, loss: 1, rate: 1 }],
    ...more,
  });
  const live = (curves: TrainingCurve[], running = true): boolean[] => shownTrainings(curves, running, () => []).map((one) => one.live);

  it('is live only for the last one of a run that goes on, until its last score is there', () => {
    expect(live([curve('train', 10), curve('qat', 4)])).toEqual([false, true]);
    expect(live([curve('train', 4)], false)).toEqual([false]);
    expect(live([curve('train', 10)])).toEqual([false]);
    expect(live([curve('train', 4, { stopped: 'enough' })])).toEqual([false]);
    const validation = { metric: 'top1', unit: '%', better: 'high' as const, scores: [{ step: 5, epoch: 1, value: 1, best: true }] };
    expect(live([curve('train', 10, { validation })])).toEqual([true]);
  });

  it('are the steps with epochs, of the one that was asked for', () => {
    const step = (name: string, index: number, settings = {}) => ({ step: name, index, settings, layers: {} });
    const steps = [step('train', 0, { epochs: 3 }), step('quantize', 1), step('qat', 2, { epochs: 1 }), step('train', 3, { epochs: 0 })];
    const job = (more = {}): Job => ({ kind: 'run', recipe: { resolved: { steps } }, ...more }) as unknown as Job;
    expect(trainingSteps(job(), ({ step: name, index }) => `${name} ${index}`)).toEqual(['train 0', 'qat 2']);
    expect(trainingSteps(job({ only: 'qat' }), ({ step: name }) => name)).toEqual(['qat']);
    expect(trainingSteps({ kind: 'run', recipe: { run: '/runs/one' } }, () => '')).toBeUndefined();
  });
});
