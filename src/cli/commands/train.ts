import { sample } from '../examples.ts';
import { stepCommand } from './step.ts';

/** `lathe train MODEL --epochs 10`: plain training, or fine-tuning. */
export const train = stepCommand('train', {
  examples: [
    `--labels folders --train ${sample.train} --test ${sample.test} --epochs 2 --learning-rate 1e-4`,
    `--labels folders --train ${sample.train} --epochs 3 --batch 32 --optimizer sgd --schedule cosine -o tuned.onnx`,
  ],
});
