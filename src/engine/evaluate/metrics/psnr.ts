import { LatheError } from '../../base/errors.ts';
import type { RuntimeTensor } from '../../runtime/runtime.ts';
import { mean, meanInterval } from '../interval.ts';
import type { Metric, Outputs } from '../metric.ts';
import { planesOf, type Planes } from '../planes.ts';
import { ssim } from '../ssim.ts';

/** PSNR and SSIM of the output, PSNR of the input; dB, 0 to 1, dB. The last is NaN where input and target differ in size. */
type Row = readonly [psnr: number, ssim: number, input: number];

/**
 * Peak signal-to-noise ratio and SSIM of restored pictures. Both pictures are brought back to 0..255, clipped and rounded first, as the
 * literature reports it; the output is taken to be in the units of the input. Without targets the other model's output is the target.
 */
export const psnr: Metric<Row> = {
  name: 'psnr',
  summary: 'Mean peak signal-to-noise ratio of the restored pictures.',
  unit: 'dB',
  better: 'high',
  matters: 0.1,
  fits: ({ task, hasTargets, hasReference }) => (task === 'restoration' && (hasTargets || hasReference)) || (task === 'none' && hasTargets),
  row(sample, outputs, { input }, reference) {
    const target = sample.target ?? (reference && pictureOutput(reference));
    if (!target || !input) {
      throw new LatheError('evaluate.target', 'the sample has no target picture', {
        file: sample.id,
        hint: 'Give pairs or degrade, or --against MODEL.',
      });
    }
    const wanted = planesOf(target, input);
    const found = planesOf(pictureOutput(outputs), input);
    if (found.width !== wanted.width || found.height !== wanted.height || found.planes.length !== wanted.planes.length) {
      throw new LatheError(
        'evaluate.output',
        `the output is ${found.width} x ${found.height} of ${found.planes.length} channels, the target ${wanted.width} x ${wanted.height} of ${wanted.planes.length}`,
        { file: sample.id },
      );
    }
    const given = planesOf(sample.input, input);
    return [
      decibels(found, wanted),
      mean(found.planes.map((plane, c) => ssim(plane, wanted.planes[c]!, found.width, found.height))),
      decibels(given, wanted),
    ];
  },
  summarize(rows) {
    const inputs = rows.map(([, , input]) => input);
    return {
      ...meanInterval(rows.map(([value]) => value)),
      extra: { ssim: mean(rows.map(([, value]) => value)), ...(inputs.some(Number.isNaN) ? {} : { inputPsnr: mean(inputs) }) },
    };
  },
  difference: (first, second) => meanInterval(first.map(([value], i) => (value === second[i]![0] ? 0 : value - second[i]![0]))),
};

/** The first output that can be a picture. */
function pictureOutput(outputs: Outputs): RuntimeTensor {
  const found = Object.values(outputs).find(({ dims }) => dims.length === 4 && dims[0] === 1);
  if (found) return found;
  throw new LatheError('evaluate.output', 'the model has no output that is a picture', {
    hint: 'Set the task: classification or detection.',
  });
}

function decibels(a: Planes, b: Planes): number {
  if (a.width !== b.width || a.height !== b.height || a.planes.length !== b.planes.length) return NaN;
  let sum = 0;
  for (const [c, plane] of a.planes.entries()) for (let i = 0; i < plane.length; i++) sum += (plane[i]! - b.planes[c]![i]!) ** 2;
  return 10 * Math.log10((255 * 255 * a.planes.length * a.width * a.height) / sum);
}
