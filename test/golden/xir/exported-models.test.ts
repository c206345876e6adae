import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readModel } from '../../../src/engine/onnx/file.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { exportXmodel } from '../../../src/engine/targets/zcu104/xmodel/export.ts';
import { encodeXir } from '../../../src/engine/xir/codec.ts';
import { noiseDataset } from '../../support/fake-dataset.ts';
import { fillWeights } from '../../support/filled-graph.ts';
import { otherNetworks } from '../../support/other-networks.ts';
import { openPictures, picturesOf, provenModels, quantizedForDpu } from '../../support/xir/models.ts';
import { prove, type Difference, type Proof } from '../../support/xir/proof.ts';
import { vendorLoader, vendorReference } from '../../support/xir/vendor.ts';
import { itWithZoo } from '../../support/zoo.ts';

const runtime = await createOrtRuntime();
for (const found of [vendorLoader(), vendorReference()])
  if ('reason' in found) process.stdout.write(`not compared with the vendor's: ${found.reason}\n`);

const said: string[] = [];
afterAll(() => process.stdout.write(`${said.join('\n')}\n`));

/** The exponential function of each program, and the order in which a softmax adds a thousand of them. */
const exponentials = 1e-5;

/** Loaded by the vendor's library, and computed as the reference does. */
function expectProven(what: string, { operators, loaded, reference, simulation, onnx, onnxButTies, ties }: Proof): void {
  if (loaded) expect(loaded).toMatchObject({ status: 0, mismatches: 0, operators });
  if (reference) expect(reference.differ).toBe(0);
  const share = ({ differ, elements }: Difference): string => `${differ} of ${elements}`;
  const figures = `simulation ${share(simulation)}, ONNX ${share(onnx)}, ONNX but for ties ${share(onnxButTies)}`;
  said.push(`${what}: ${operators} operators; outputs that differ: ${figures}; ${ties.parting} ties in ${ties.values} values`);
}

describe('exported models', () => {
  it('the sample', async () => {
    const model = await readModel('samples/shapes/model.onnx');
    const input = { color: 'rgb' as const, scale: '1/255', mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };
    const dataset = await openPictures(model, input, { path: 'pictures/train', labels: 'folders' }, path.resolve('samples/shapes'), 24);
    const proof = await prove(await quantizedForDpu(model, dataset, runtime), await picturesOf(dataset, 4), runtime);
    expectProven('the sample', proof);
    expect(proof.simulation.differ).toBe(0);
    expect(proof.onnxButTies.differ).toBe(0);
    expect(proof.ties.parting).toBeGreaterThan(0);
  });

  const convolutional = otherNetworks.filter(({ float }) => !float.includes('LayerNormalization'));
  it.each(convolutional.map((network) => [network.what, network] as const))('%s', async (what, network) => {
    const dataset = noiseDataset(16, network.picture);
    const model = await quantizedForDpu(network.model(), dataset, runtime);
    const beyondReference = model.graph.nodes.some(({ op }) => op === 'Tanh');
    const proof = await prove(model, await picturesOf(dataset, 1), runtime, { reference: !beyondReference });
    expectProven(what, proof);
    expect(proof.simulation.largest).toBeLessThan(exponentials);
  });

  for (const known of provenModels)
    itWithZoo(
      known.name,
      async (zoo) => {
        const model = await readModel(path.join(zoo, known.model));
        const dataset = await openPictures(model, known.input, known.pictures, zoo, 4);
        // The reference takes minutes for large pictures: those are in the benchmarks.
        const quantized = await quantizedForDpu(model, dataset, runtime);
        const proof = await prove(quantized, await picturesOf(dataset, 1), runtime, { reference: known.small });
        expectProven(known.name, proof);
        expect(proof.simulation.largest).toBeLessThanOrEqual(known.exponential ? exponentials : 0);
      },
      300_000,
    );

  // Larger ones take minutes to quantize.
  for (const topology of ['squeezenet'])
    itWithZoo(
      `the topology ${topology} is loaded`,
      async (zoo) => {
        const found = vendorLoader();
        const model = fillWeights(await readModel(path.join(zoo, `graphs/light_${topology}.onnx`)));
        const quantized = await quantizedForDpu(model, noiseDataset(1, [3, 224, 224]), runtime);
        const { graph } = exportXmodel(quantized, topology);
        if ('reason' in found) return;
        const folder = mkdtempSync(path.join(tmpdir(), 'lathe-topology-'));
        const file = path.join(folder, `${topology}_int.xmodel`);
        writeFileSync(file, Buffer.concat([...encodeXir(graph)] as Uint8Array[]));
        expect(found.tool.load(file)).toMatchObject({ status: 0, mismatches: 0, operators: graph.ops.length });
        rmSync(folder, { recursive: true });
      },
      300_000,
    );
});
