import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { decodeModel, encodeModel } from '../../../src/engine/onnx/codec.ts';
import { simulateEspDl } from '../../../src/engine/targets/esp32s3/simulate.ts';
import { run } from '../../unit/quantize/support.ts';

interface Case {
  /** Quantized for the ESP32-S3, base64. */
  readonly model: string;
  readonly input: number[];
  /** What esp-ppq 1.3.12 computes of it, with the exponents of the model taken over by quantize.py (torch 2.15, CPU). */
  readonly output: number[];
}

const cases = JSON.parse(readFileSync(path.join(import.meta.dirname, 'esp-ppq.json'), 'utf8')) as Record<string, Case>;

it.each(Object.entries(cases))(
  '%s: the simulation computes what esp-ppq computes, to the last bit',
  async (_, { model, input, output }) => {
    const quantized = decodeModel(new Uint8Array(Buffer.from(model, 'base64')));
    const { model: floats, warnings } = simulateEspDl(quantized);
    expect(warnings).toEqual([]);
    const simulated = await run(encodeModel(floats), [1, 3, 8, 8], Float32Array.from(input), 'none');
    // -0 is 0.
    expect(Array.from(simulated, (value) => value + 0)).toEqual(output.map((value) => value + 0));
  },
);
