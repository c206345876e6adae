import { openSync, closeSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Dataset } from '../../../src/engine/data/types.ts';
import type { BenchContext } from '../measure.ts';
import type { BenchModel } from '../models.ts';
import type { PeerName } from '../peers.ts';
import { measureProcess } from '../process.ts';
import { openPictures } from '../score.ts';
import type { PeerRow } from './rows.ts';

export interface PeerCost {
  /** Without imports. */
  readonly cpuSeconds: number;
  readonly peakRssMiB: number;
}

/** A peer that takes longer is reported as failed: on a quiet machine the slowest takes two minutes. */
const mostSeconds = 480;

/** Runs `peers/<tool>.py`; the last line it prints is JSON. */
export async function runPeerScript<T>(
  bench: BenchContext,
  tool: PeerName,
  script: string,
  args: readonly string[],
  timeoutSeconds = mostSeconds,
): Promise<T> {
  const cost = await measureProcess(bench.peers!.python(tool), [`test/bench/peers/${script}`, ...args], {
    timeoutSeconds,
    // Some of them drop files where they stand.
    env: { PYTHONDONTWRITEBYTECODE: '1', LATHE_BENCH_SCRATCH: bench.scratch },
  });
  return JSON.parse(cost.stdout.trim().split('\n').pop()!) as T;
}

/** A peer's file for one row, on the first draw of our calibration pictures, as arrays: they need no preprocessing of their own. */
export async function runPeerRow(
  bench: BenchContext,
  model: BenchModel,
  { tool, settings, pictures }: PeerRow,
  ours: number | undefined,
): Promise<PeerCost & { file: string; pictures: number }> {
  const count = pictures ?? ours;
  const array = path.join(bench.scratch, `${model.name}-calibration.npy`);
  const written = await writeCalibration(bench, model, array, count);
  const file = path.join(bench.scratch, `${model.name}-peer.onnx`);
  const options = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  const cost = await runPeerScript<PeerCost>(bench, tool, `${tool}_scheme.py`, [
    path.join(bench.zoo!, model.model),
    array,
    file,
    ...options,
  ]);
  return { ...cost, file, pictures: written };
}

/** Calibration pictures as the model takes them. Returns how many. */
export async function writeCalibration(bench: BenchContext, model: BenchModel, file: string, count: number | undefined): Promise<number> {
  const input = { ...model.input, ...model.calibrationInput };
  const dataset = await openPictures(bench.zoo!, model, { ...model.calibration, ...(count === undefined ? {} : { count }) }, 0, input);
  return writeArray(dataset, file);
}

/** All pictures as NumPy format 1.0, float32, pictures × channels × height × width. Returns how many. */
export async function writeArray(dataset: Dataset, file: string): Promise<number> {
  const handle = openSync(file, 'w');
  let written = 0;
  try {
    for await (const { input } of dataset.stream({ signal: new AbortController().signal })) {
      if (written === 0) {
        const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${[dataset.samples.length, ...input.dims].join(', ')}), }`;
        const header = Buffer.from(text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11) + '\n');
        const length = Buffer.alloc(2);
        length.writeUInt16LE(header.length);
        writeSync(handle, Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, header]));
      }
      const data = input.data as Float32Array;
      writeSync(handle, Buffer.from(data.buffer, data.byteOffset, data.byteLength));
      written++;
    }
  } finally {
    closeSync(handle);
  }
  return written;
}
