import { sample } from '../examples.ts';
import { stepCommand } from './step.ts';

/** `lathe qat MODEL --weights 4`: quantization-aware training. */
export const qat = stepCommand('qat', {
  examples: [
    `--labels folders --train ${sample.train} --test ${sample.test} --weights 4`,
    `--calibration ${sample.train} --count 128 --weights 4 --epochs 2 --learning-rate 1e-4 -o small.onnx`,
  ],
});
