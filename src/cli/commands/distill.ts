import { sample } from '../examples.ts';
import { stepCommand } from './step.ts';

/** `lathe distill STUDENT --teacher TEACHER`: the model learns to answer as a larger one does. */
export const distill = stepCommand('distill', {
  model: 'student',
  examples: [
    `--teacher ${sample.model} --labels folders --train ${sample.train} --test ${sample.test} --epochs 2`,
    `--teacher ${sample.model} --train ${sample.train} --count 128 --epochs 2 --temperature 4 -o student.onnx`,
  ],
});
