import path from 'node:path';
import { type BenchContext, measured } from '../measure.ts';
import { benchModels } from '../models.ts';
import { runRecipe } from '../run-recipe.ts';
import { Scorer } from '../score.ts';
import { beside, torchPruned, type TorchPruned } from './torch-pruning.ts';

const ratios = [0.25, 0.5] as const;
const pictures = 500;

/** CIFAR networks of the zoo, with batch normalization and folded. */
const files: readonly { readonly like: string; readonly file: string }[] = [
  ...['resnet20', 'resnet56'].flatMap((like) =>
    ['', '_bn'].map((end) => ({ like, file: `models/cifar10-resnet/${like}_cifar10${end}.onnx` })),
  ),
  { like: 'resnet8', file: 'models/cifar10-resnet8/resnet8_cifar10.onnx' },
  ...['vgg16q', 'mbv2_050'].flatMap((base) =>
    ['', '_bn'].map((end) => ({ like: base.split('_')[0]!, file: `models/cifar10-vgg-mobilenet/${base}_cifar10${end}.onnx` })),
  ),
];

/** The same part of every group, no training, files as published: accuracy straight behind the cut. */
export async function uniform(bench: BenchContext): Promise<void> {
  for (const { like: name, file } of files) {
    const like = benchModels.find((one) => one.name === name)!;
    let theirs: Promise<readonly TorchPruned[]> | undefined;
    for (const [place, ratio] of ratios.entries()) {
      const row = `straight behind the cut: ${path.basename(file, '.onnx')}, ${100 * ratio} % of the channels of every group`;
      await measured(bench, row, async () => {
        if (bench.peers) theirs ??= torchPruned(bench, { file, input: [1, 3, 32, 32], ratios, like });
        const peer = theirs && { row: (await theirs)[place]! };
        const { model, cost } = await runRecipe(bench, {
          version: 1,
          model: path.join(bench.zoo!, file),
          task: like.task,
          data: {
            input: like.input,
            calibration: { path: path.join(bench.zoo!, 'data/cifar10/train'), labels: 'folders', count: pictures },
          },
          steps: [{ prune: { channels: ratio, scope: 'local' } }],
        });
        const { value } = (await new Scorer(bench.zoo!, like).score(model)).fused;
        const { note, ...measurement } = beside(value, peer);
        const own = `${pictures} pictures without labels, ${cost.cpuSeconds.toFixed(0)} CPU seconds`;
        bench.report({ name: row, value, unit: '%', ...measurement, note: [own, note].filter(Boolean).join('; ') });
      });
    }
  }
}
