import { sample } from '../examples.ts';
import { stepCommand } from './step.ts';

/** `lathe prune MODEL`: whole channels, or single weights, that the model can do without. */
export const prune = stepCommand('prune', {
  examples: [
    `--calibration ${sample.train} --test ${sample.test} --labels folders --macs 0.5`,
    `--train ${sample.train} --labels folders --channels 0.5 --finetune.epochs 3 -o small.onnx`,
  ],
});
