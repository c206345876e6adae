import path from 'node:path';
import { readModel } from '../../../src/engine/onnx/file.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { openPictures, picturesOf, provenModels, quantizedForDpu, type ProvenModel } from '../../support/xir/models.ts';
import { prove, type Difference } from '../../support/xir/proof.ts';
import { vendorLoader, vendorReference } from '../../support/xir/vendor.ts';
import { measured, type BenchContext, type BenchGroup } from '../measure.ts';

/** Pictures that the models are quantized with, and that they are compared on: few of large ones. */
const calibration = 32;
const [many, few] = [16, 2];
/** The exponential function of each program, and the order in which a softmax adds a thousand of them. */
const exponentials = 1e-5;

/** Exported files of real models, held to the vendor's library and to the reference evaluation. */
export const deploy: BenchGroup = {
  name: 'deploy',
  async run(bench) {
    for (const known of provenModels) await measured(bench, `${known.name} as an xmodel`, () => proven(bench, known));
  },
};

async function proven(bench: BenchContext, known: ProvenModel): Promise<void> {
  const name = `${known.name} as an xmodel`;
  if (bench.zoo === undefined) return bench.skip(name, 'no folder of real models');
  const runtime = await createOrtRuntime();
  const model = await readModel(path.join(bench.zoo, known.model));
  const dataset = await openPictures(model, known.input, known.pictures, bench.zoo, calibration);
  const quantized = await quantizedForDpu(model, dataset, runtime);
  const pictures = await picturesOf(dataset, known.small ? many : few);
  const { operators, bytes, loaded, reference, simulation, onnx, onnxButTies, ties } = await prove(quantized, pictures, runtime);
  const none = (what: string, value: number, unit: string, note: string): void =>
    bench.report({ name: `${name}: ${what}`, value, unit, goal: '0', ok: value === 0, note });
  if (loaded) none("loaded by the vendor's library", loaded.status + loaded.mismatches, 'faults', `${operators} operators, ${bytes} bytes`);
  else bench.skip(`${name}: loaded by the vendor's library`, reasonOf(vendorLoader()));
  if (reference) none('tensors unlike the reference', reference.differ, 'tensors', `of ${reference.tensors}`);
  else bench.skip(`${name}: tensors unlike the reference`, reasonOf(vendorReference()));
  const outputs = (what: string, { differ, elements, largest }: Difference, allowed: number | undefined): void =>
    bench.report({
      name: `${name}: ${what}`,
      value: differ,
      unit: 'outputs',
      ...(allowed === undefined ? {} : { goal: allowed ? 'within 1e-5 (softmax)' : '0', ok: largest <= allowed }),
      note: `of ${elements} over ${pictures.length} pictures, by ${largest.toPrecision(3)} at most`,
    });
  outputs('simulation unlike the file', simulation, known.exponential ? exponentials : 0);
  outputs('ONNX Runtime unlike the file', onnx, undefined);
  outputs('ONNX Runtime unlike the file, but for ties', onnxButTies, undefined);
  bench.report({
    name: `${name}: ties that the two roundings part`,
    value: (100 * ties.parting) / ties.values,
    unit: '%',
    note: `${ties.parting} of ${ties.values} rounded values`,
  });
}

const reasonOf = (found: ReturnType<typeof vendorLoader> | ReturnType<typeof vendorReference>): string =>
  'reason' in found ? found.reason : 'not run';
