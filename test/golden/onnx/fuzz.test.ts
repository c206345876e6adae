import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { checkModel } from '../../../src/engine/onnx/check.ts';
import { decodeModel, encodeModel } from '../../../src/engine/onnx/codec.ts';
import { scanModel } from '../../../src/engine/onnx/scan.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { buildGraph, buildModel } from '../../support/model-builder.ts';
import { zoo } from '../../support/zoo.ts';

const files = path.join(import.meta.dirname, 'files');

const branch = (name: string): ReturnType<typeof buildGraph> =>
  buildGraph({ outputs: [{ name, shape: [] }], nodes: [['Relu', ['x'], [name]]] });

/** Models of every shape: those of the onnx package, one of our own, and the zoo's where it is there. */
const seeds: Buffer[] = [
  ...['tensor-types.onnx', 'everything.onnx'].map((file) => readFileSync(path.join(files, file))),
  Buffer.from(
    encodeModel(
      buildModel({
        inputs: [
          { name: 'x', shape: [1, 3, 8, 8] },
          { name: 'flag', type: 'bool', shape: [] },
        ],
        outputs: ['y', 'z'],
        nodes: [
          ['Conv', ['x', 'w', 'b'], ['c'], { pads: [1, 1, 1, 1], kernel_shape: [3, 3] }],
          ['If', ['flag'], ['y'], { then_branch: branch('yes'), else_branch: branch('no') }],
          ['Constant', [], ['k'], { value: Tensor.int64([4], [1, -1, 2 ** 40, 0]) }],
          ['Reshape', ['c', 'k'], ['z']],
        ],
        initializers: { w: Tensor.float32([4, 3, 3, 3], new Float32Array(108).fill(0.5)), b: Tensor.float32([4], [1, 2, 3, 4]) },
      }),
    ),
  ),
];
if (zoo) {
  const names = ['odd/if_convs', 'odd/local_function', 'odd/sparse_initializer', 'external/ok', 'odd/already_qdq', 'odd/nested_if_30', 'opsets/opset_01', 'odd/string_tensor']; // prettier-ignore
  for (const name of names) seeds.push(readFileSync(path.join(zoo, 'oddities', `${name}.onnx`)));
}

/** Changes that hurt: cut, flip, splice, and lengths blown up to what no file has. */
const change = fc.oneof(
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), length: fc.nat(64) }),
  fc.record({ kind: fc.constant('truncate' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('byte' as const), at: fc.nat(), value: fc.nat(255) }),
  fc.record({ kind: fc.constant('splice' as const), at: fc.nat(), other: fc.nat(), from: fc.nat(), length: fc.nat(200) }),
  fc.record({ kind: fc.constant('blow' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 10 }) }),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function apply(bytes: Buffer, step: Change): Buffer {
  const at = bytes.length ? step.at % bytes.length : 0;
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (step.kind) {
    case 'cut':
      return Buffer.concat([head, tail.subarray(step.length)]);
    case 'truncate':
      return Buffer.from(head);
    case 'flip':
      return Buffer.concat([head, Buffer.from(tail.subarray(0, 1).map((byte) => byte ^ (1 << step.bit))), tail.subarray(1)]);
    case 'byte':
      return Buffer.concat([head, Buffer.from([step.value]), tail.subarray(1)]);
    case 'splice': {
      const other = seeds[step.other % seeds.length]!;
      const from = step.from % other.length;
      return Buffer.concat([head, other.subarray(from, from + step.length), tail]);
    }
    case 'blow':
      return Buffer.concat([head, Buffer.alloc(step.length, 0xff), Buffer.from([0x7f]), tail.subarray(step.length)]);
  }
}

/** Only a LatheError may come out; anything else is a defect and goes on. */
function refused(work: () => void): boolean {
  try {
    work();
    return false;
  } catch (error) {
    if (error instanceof LatheError) return true;
    throw error;
  }
}

/** Everything that is done with a file's bytes before a model runs. */
function exercise(bytes: Buffer): void {
  const model = decodeModel(bytes, 'fuzz.onnx');
  const again = encodeModel(model);
  // What was read is written so that it reads the same.
  expect(Buffer.compare(encodeModel(decodeModel(again)), again)).toBe(0);
  refused(() => checkModel(model));
  for (const tensor of model.graph.initializers.values()) {
    refused(() => void (tensor.source.kind === 'strings' || tensor.source.kind === 'external' || tensor.toFloat64()));
  }
}

const mutated = fc.record({ seed: fc.nat(seeds.length - 1), steps: fc.array(change, { minLength: 1, maxLength: 4 }) });
const bytesOf = ({ seed, steps }: { seed: number; steps: Change[] }): Buffer => steps.reduce(apply, seeds[seed]!);

describe('damaged files', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lathe-fuzz-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are read or refused, quickly and without big allocations: 10,000 cases', () => {
    let refusals = 0;
    let slowest = 0;
    fc.assert(
      fc.property(mutated, (input) => {
        const bytes = bytesOf(input);
        const start = performance.now();
        const before = process.memoryUsage().arrayBuffers;
        if (refused(() => exercise(bytes))) refusals++;
        slowest = Math.max(slowest, performance.now() - start);
        expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(300 * 2 ** 20);
      }),
      { numRuns: 10_000, seed: 20_26 },
    );
    // A guard against hanging, not a speed.
    expect(slowest).toBeLessThan(30_000);
    // Both must be frequent, or nothing was tested.
    expect(refusals).toBeGreaterThan(1000);
    expect(refusals).toBeLessThan(9900);
  });

  it('are judged alike by the codec and the light scan: 1,000 cases', async () => {
    const file = path.join(folder, 'fuzz.onnx');
    await fc.assert(
      fc.asyncProperty(mutated, async (input) => {
        const bytes = bytesOf(input);
        writeFileSync(file, bytes);
        let decoded: unknown;
        try {
          decodeModel(bytes, file);
        } catch (error) {
          decoded = error;
        }
        const scanned = await scanModel(file, { lenient: true }).catch((error: unknown) => error);
        if (decoded instanceof LatheError)
          expect(scanned).toMatchObject({ code: decoded.code, message: decoded.message, place: decoded.place });
        else if (scanned instanceof Error) expect((scanned as LatheError).code).toMatch(/^model\.external/);
      }),
      { numRuns: 1000, seed: 7 },
    );
  });
});
