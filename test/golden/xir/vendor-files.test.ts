import path from 'node:path';
import { describe, expect } from 'vitest';
import { inspectBoardFile } from '../../../src/engine/drawing/inspect-board.ts';
import { scanXir } from '../../../src/engine/xir/scan.ts';
import { XirReader } from '../../../src/extension/editor/xir-view.ts';
import { itWithZoo } from '../../support/zoo.ts';

describe("the vendor's own files", () => {
  const compiled = [
    ['v2.5_tf2_custom_op', '0x101000016010407', '2.5', '2.5.0'],
    ['v3.0_tf2_custom_op', '0x101000056010407', '3.0 and 3.5', '3.0.0'],
  ] as const;
  for (const [name, hex, image, compiler] of compiled)
    itWithZoo(`${name}: sub-graphs, fingerprint, tools, fallbacks, workload`, async (zoo) => {
      const document = await inspectBoardFile({ path: path.join(zoo, `vitis/${name}.xmodel`) });
      expect(document).toMatchObject({ format: 'XIR, compiled for DPUCZDX8G_ISA1_B4096', producer: `xcompiler ${compiler}`, nodes: 16 });
      expect(document.xir).toMatchObject({ kind: 'compiled', fingerprints: [{ hex, image, size: 'B4096', isa: 1 }] });
      expect(document.xir!.subgraphs.map(({ device }) => device)).toEqual(['USER', 'DPU', 'CPU', 'DPU', 'CPU']);
      expect(document.xir!.subgraphs[1]).toMatchObject({ workload: 28880256, workloadOnArch: 32788992 });
      expect(document.xir!.fallbacks).toEqual([{ op: 'custom_layer', type: 'Mylayer' }]);
      // The compiler counts two operations for each multiply-add, and one more for each bias.
      const first = document.layers.find(({ op }) => op === 'conv2d-fix')!;
      expect(first).toMatchObject({ macs: 22 * 22 * 32 * 49, outputShape: [1, 22, 22, 32], bits: 8 });
      expect(2 * first.macs! + 22 * 22 * 32).toBe(1533312);
    });

  itWithZoo('VoxelNet_int: a quantized file with all its constants in their layers', (zoo) => {
    const reader = new XirReader(scanXir(path.join(zoo, 'vitis/v3.0_VoxelNet_int.xmodel')), 'VoxelNet_int.xmodel');
    const { layers, format, inputs, outputs } = reader.view();
    expect([format, layers.length, inputs.length, outputs.length]).toEqual(['XIR, quantized', 72, 2, 3]);
    const count = (type: string): number => layers.filter(({ op }) => op === type).length;
    expect([count('conv2d'), count('transposed-conv2d'), count('fix')]).toEqual([20, 3, 24]);
    expect(reader.drawable().groups.length).toBeGreaterThan(3);
    for (const { index } of layers) expect(reader.detail(index).inputs.length).toBeGreaterThan(0);
  });
});
