import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { DataRequest } from '../../../protocol/job.ts';
import type { Context } from '../../base/context.ts';
import { LatheError } from '../../base/errors.ts';
import { npyBytes } from '../../base/npy.ts';
import { numbersOf } from '../../evaluate/outputs.ts';
import { createOrtRuntime } from '../../runtime/ort-node.ts';
import { pictureFeeder } from '../../statistics/feed.ts';
import type { LoadedSample } from '../../data/types.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { scanModel } from '../../onnx/scan.ts';
import type { CalibrationFiles } from '../../targets/compile-plan.ts';
import { openFor } from '../run-data.ts';

/** Where they lie in the job's folder. */
export const calibrationName = ({ form }: CalibrationFiles): string => (form === 'array' ? 'calibration.npy' : 'calibration');

/**
 * Writes pictures as the model gets them, for a compiler that calibrates by itself: float32, in its layout; what `through` makes of them, where the
 * model stands behind others. Corrupt ones are left out. Throws `data.*`, `compile.calibration` where there are none.
 */
export async function writeCalibration(
  model: string,
  { source, folder, input }: DataRequest,
  files: CalibrationFiles,
  into: string,
  context: Context,
  through?: string,
): Promise<void> {
  const opened = await openFor(await scanModel(through ?? model), { source, folder, input, seed: 0 }, context);
  const stored = opened.input?.layout ?? 'nchw';
  const place = path.join(into, calibrationName(files));
  const pictures = opened.stream({ signal: context.signal, to: Math.min(files.pictures, opened.samples.length) });
  const read = through === undefined ? converted(pictures, stored, files.layout) : passed(pictures, through, files.layout, context);
  const written = files.form === 'folder' ? await writeFolder(read, place) : await writeArray(read, place);
  if (written === 0) throw new LatheError('compile.calibration', 'there are no pictures to calibrate with', { file: opened.path });
}

interface Values {
  readonly dims: readonly number[];
  readonly values: Float32Array;
}

async function* converted(samples: AsyncIterable<LoadedSample>, from: 'nchw' | 'nhwc', to: 'nchw' | 'nhwc'): AsyncGenerator<Values> {
  for await (const { input } of samples) {
    const data =
      input.data instanceof Float32Array
        ? input.data
        : Float32Array.from(Tensor.of(input.type, input.dims, input.data as never).toFloat64());
    yield from === to || input.dims.length !== 3 ? { dims: input.dims, values: data } : relaid(input.dims, data, to);
  }
}

/** What a model makes of pictures. Its answer has the layout of the model behind it: channels first. */
async function* passed(
  samples: AsyncIterable<LoadedSample>,
  file: string,
  to: 'nchw' | 'nhwc',
  { threads }: Context,
): AsyncGenerator<Values> {
  const feed = pictureFeeder(await scanModel(file));
  const session = await (await createOrtRuntime()).load({ path: file }, { optimize: 'none', threads });
  try {
    for await (const sample of samples) {
      const [made] = Object.values(await session.run(feed(sample)));
      if (!made) continue;
      const values = Float32Array.from(numbersOf(made));
      const dims = made.dims.slice(1);
      yield to === 'nchw' || dims.length !== 3 ? { dims, values } : relaid(dims, values, to);
    }
  } finally {
    await session.dispose();
  }
}

/** Between [C, H, W] and [H, W, C]. */
function relaid(dims: readonly number[], values: Float32Array, to: 'nchw' | 'nhwc'): Values {
  const [channels, pixels] = to === 'nhwc' ? [dims[0]!, dims[1]! * dims[2]!] : [dims[2]!, dims[0]! * dims[1]!];
  const out = new Float32Array(values.length);
  for (let c = 0; c < channels; c++)
    for (let p = 0; p < pixels; p++) {
      if (to === 'nhwc') out[p * channels + c] = values[c * pixels + p]!;
      else out[c * pixels + p] = values[p * channels + c]!;
    }
  return { dims: to === 'nhwc' ? [dims[1]!, dims[2]!, channels] : [channels, dims[0]!, dims[1]!], values: out };
}

async function writeFolder(pictures: AsyncIterable<Values>, folder: string): Promise<number> {
  await mkdir(folder);
  let count = 0;
  for await (const { dims, values } of pictures)
    await writeFile(path.join(folder, `${String(count++).padStart(6, '0')}.npy`), npyBytes([1, ...dims], values));
  return count;
}

/** How many there are is known at the end only: the header is put before the values then. */
async function writeArray(pictures: AsyncIterable<Values>, file: string): Promise<number> {
  const raw = `${file}.values`;
  const handle = await open(raw, 'w');
  let count = 0;
  let shape: readonly number[] = [];
  try {
    for await (const { dims, values } of pictures) {
      if (count > 0 && dims.join() !== shape.join())
        throw new LatheError('compile.calibration', `pictures have different sizes: ${shape.join('×')} and ${dims.join('×')}`, {
          hint: 'Set a resize in data.input.',
        });
      shape = dims;
      await handle.write(npyBytes([], values).subarray(npyBytes([], new Float32Array()).length));
      count++;
    }
  } finally {
    await handle.close();
  }
  await writeFile(file, npyBytes([count, ...shape], new Float32Array()));
  await pipeline(createReadStream(raw), createWriteStream(file, { flags: 'a' }));
  await rm(raw);
  return count;
}
