import { sample } from '../examples.ts';
import { stepCommand } from './step.ts';

/** `lathe cluster MODEL --values 16`: weights that share a few values. */
export const cluster = stepCommand('cluster', {
  examples: [
    `--values 16 --test ${sample.test}`,
    `--values 8 --labels folders --train ${sample.train} --test ${sample.test} --finetune.epochs 1 -o shared.onnx`,
  ],
});
