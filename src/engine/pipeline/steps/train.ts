import { LatheError } from '../../base/errors.ts';
import { openBatches } from '../../data/memory-batches.ts';
import { inferShapes } from '../../ops/infer.ts';
import { Judge } from '../../search/judge.ts';
import { simplify } from '../../simplify/index.ts';
import { upgradeOpset } from '../../simplify/upgrade-opset.ts';
import { train as runTraining } from '../../train/loop/train.ts';
import { crossEntropy } from '../../train/losses/cross-entropy.ts';
import type { TrainSettings } from '../../train/step.ts';
import type { StepRunner } from './step.ts';

/** Plain training and fine-tuning. */
export const train: StepRunner = {
  name: 'train',
  learns: true,
  chooses: true,
  plan: (step, data) => ({
    pictures: 3 * Number(step.settings['epochs']) * (data.train?.samples.length ?? 0),
    phases: { train: 3, validate: 1 },
  }),
  async run({ model, step, recipe, data, runtime, context, checkpoints, watch }) {
    const settings = step.settings as TrainSettings;
    if (!data.train)
      throw new LatheError('training.no-pictures', 'there are no pictures to train on', { hint: 'Name them under data.train (--train).' });
    upgradeOpset(model, 21);
    await simplify(model, { runtime, context }, { keepLayers: true });
    const classes = Number(inferShapes(model).of(model.graph.outputs[0]!.name)?.shape?.at(-1));
    const batches = await openBatches(data.train, { size: settings.batch ?? 128, seed: recipe.seed, classes }, context.signal);
    const judge =
      data.validation && (await Judge.open({ model, dataset: data.validation, task: recipe.task }, { runtime, context }, 'optional'));
    try {
      const { curve, notes } = await runTraining(
        {
          name: 'train',
          model,
          settings,
          losses: [{ loss: crossEntropy(), weight: 1 }],
          batches,
          batchNormalization: 'training',
          ...(judge ? { validate: async (trained) => scoreOf(await judge.measure(trained), judge.metric?.better) } : {}),
          ...(watch ? { watch } : {}),
        },
        { runtime, context, checkpoints },
      );
      return { model, report: { layers: [], notQuantized: [], notes, scheme: 'trained', bits: {}, training: curve } };
    } finally {
      await judge?.dispose();
    }
  },
};

/** Without labels: how far the outputs are from the ones before. */
const scoreOf = ({ metric, unit, value, noise }: Awaited<ReturnType<Judge['measure']>>, better: 'high' | 'low' | undefined) =>
  better ? { metric, unit, better, value } : { metric: 'difference', unit: '', better: 'low' as const, value: noise };
