import { createHash } from 'node:crypto';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { XirAttribute, XirGraph, XirOp, XirSubgraph } from '../../src/engine/xir/graph.ts';

const fakes = path.join(import.meta.dirname, 'dpu-board');

/** What `xdputil query` prints on a ZCU104 with the image of Vitis AI 3.0. */
export const zcu104Query = (fingerprint = '0x101000056010407'): string =>
  JSON.stringify(
    {
      'DPU IP Spec': {
        'DPU Core Count': 2,
        'IP version': 'v4.1.0',
        'generation timestamp': '2022-12-06 16-30-00',
        'git commit id': '8a36f42',
        'git commit time': 2022120616,
        'enable softmax': 'False',
        regmap: '1to1 version',
      },
      'VAI Version': {
        'libvart-runner.so': 'Xilinx vart-runner Version: 3.0.0-2efa5fe1e56c2b2c8a7e71e9fc1636242dd50a9f  2022-12-26-14:29:49 ',
        'libvitis_ai_library-dpu_task.so': 'Xilinx vitis_ai_library dpu_task Version: 3.0.0-1cccff04  2022-12-20 10:29:01 [UTC] ',
        'libxir.so': 'Xilinx xir Version: xir-9204ac72103092a7b253a0c23ec7471481656940 2022-12-26-14:21:57',
        target_factory: 'target-factory.3.0.0 860ed0499ab009084e2df3004eeb9ae710c26351',
      },
      kernels: [
        ...[0, 1].map((core) => ({
          'DPU Arch': 'DPUCZDX8G_ISA1_B4096',
          'DPU Frequency (MHz)': 300,
          'IP Type': 'DPU',
          'XRT Frequency (MHz)': 300,
          cu_addr: `0x8000${core}000`,
          cu_idx: core,
          cu_name: `DPUCZDX8G:DPUCZDX8G_${core + 1}`,
          fingerprint,
          name: `DPU Core ${core}`,
        })),
        {
          'DPU Arch': '',
          cu_addr: '0xa0020000',
          cu_idx: 2,
          cu_name: 'pp_pipeline_accel:pp_pipeline_accel_1',
          fingerprint: '0x0',
          name: 'DPU Core 2',
        },
      ],
    },
    null,
    4,
  );

export interface DpuBoardSetup {
  /** The compiled graph that is to be run. */
  readonly compiled: XirGraph;
  /** What each output is for an input, in bytes as the runner is given and gives them. */
  readonly answers?: readonly { readonly input: Uint8Array; readonly outputs: readonly Uint8Array[] }[];
  readonly query?: string;
  /** Of xir, vart, vitis_ai_library; all by default. */
  readonly modules?: readonly string[];
  /** Files of each sensor in hwmon; none by default. */
  readonly sensors?: readonly Readonly<Record<string, string>>[];
  /** timeout, busy, hang, slow: what the DPU does. */
  readonly mode?: string;
}

/** Makes a board's folder: tools and modules that behave as the vendor's, and what they answer. */
export async function makeDpuBoard(
  folder: string,
  setup: DpuBoardSetup,
): Promise<{ environment: Record<string, string>; sensors: string }> {
  const [tools, modules, answers] = ['bin', 'python', 'answers'].map((name) => path.join(folder, name)) as [string, string, string];
  const sensors = path.join(folder, 'hwmon');
  for (const place of [tools, modules, answers, sensors]) await mkdir(place, { recursive: true });
  await copyFile(path.join(fakes, 'xdputil'), path.join(tools, 'xdputil'));
  for (const name of setup.modules ?? ['xir', 'vart', 'vitis_ai_library'])
    await copyFile(path.join(fakes, `${name}.py`), path.join(modules, `${name}.py`));
  await writeFile(path.join(folder, 'query.json'), setup.query ?? zcu104Query());
  await writeFile(path.join(folder, 'graph.json'), graphRecord(setup.compiled));
  for (const [at, files] of (setup.sensors ?? []).entries()) {
    const place = path.join(sensors, `hwmon${at}`);
    await mkdir(place);
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(place, name), text);
  }
  for (const { input, outputs } of setup.answers ?? []) {
    const key = createHash('sha256').update(input).digest('hex');
    for (const [at, output] of outputs.entries()) await writeFile(path.join(answers, `${key}-${at}.bin`), output);
  }
  return {
    environment: {
      PATH: `${tools}:${process.env['PATH'] ?? ''}`,
      PYTHONPATH: modules,
      PYTHONDONTWRITEBYTECODE: '1',
      DPU_BOARD: folder,
      DPU_BOARD_MODE: setup.mode ?? '',
    },
    sensors,
  };
}

/** What the modules are told of a graph: its sub-graphs by device, and the tensors that go in and out of each. As JSON, whose numbers have 64 bits. */
function graphRecord({ ops, root, attributes }: XirGraph): string {
  const byName = new Map(ops.map((op) => [op.name, op]));
  const children = root!.children.map((child) => subgraphRecord(child, byName));
  const results = attributes.get('return_ops');
  const data = ops.filter(({ type }) => type.startsWith('data'));
  const record = {
    children,
    inputs: data.map(tensorRecord),
    outputs: results?.kind === 'string_vec' ? results.value.map((name) => tensorRecord(byName.get(name)!)) : [],
  };
  return JSON.stringify(record, (_, value: unknown) => (typeof value === 'bigint' ? `#${value}#` : value)).replace(/"#(\d+)#"/g, '$1');
}

function subgraphRecord(child: XirSubgraph, ops: ReadonlyMap<string, XirOp>): object {
  const inside = child.ops.map((name) => ops.get(name)!);
  const reads = (op: XirOp): string[] => [...op.inputs.values()].flat();
  const from = [...new Set(inside.flatMap(reads))].filter((name) => !child.ops.includes(name));
  const outside = [...ops.values()].filter(({ name }) => !child.ops.includes(name));
  const to = inside.filter(({ name }) => outside.some((op) => reads(op).includes(name)));
  return {
    attrs: attributesRecord(child.attributes),
    ops: inside.map(({ type }) => type),
    inputs: from.map((name) => tensorRecord(ops.get(name)!)),
    outputs: to.map(tensorRecord),
  };
}

const tensorRecord = ({ tensor: { name, shape, attributes } }: XirOp): object => ({
  name,
  dims: shape,
  attrs: attributesRecord(attributes),
});

const attributesRecord = (attributes: ReadonlyMap<string, XirAttribute>): Record<string, unknown> =>
  Object.fromEntries(
    [...attributes].flatMap(([name, { value }]) =>
      ['string', 'number', 'bigint', 'boolean'].includes(typeof value) ? [[name, value]] : [],
    ),
  );
