import { decodeFingerprint, type DecodedFingerprint } from './fingerprint.ts';
import type { XirAttributes, XirGraph, XirOp, XirSubgraph } from './graph.ts';

export type XirDevice = 'DPU' | 'CPU' | 'USER';

/** A part of a compiled graph that runs on one device. */
export interface DevicePart {
  readonly name: string;
  readonly device: string;
  /** All its ops, those of parts inside it too. */
  readonly ops: readonly string[];
  /** Operations, and what they take with the array's padding; 0 where the file says nothing. */
  readonly workload: number;
  readonly workloadOnArch: number;
  readonly instructionBytes: number;
  readonly parameterBytes: number;
}

/** An operator that the DPU did not get: data leaves it, is computed on the processor, and comes back. */
export interface Fallback {
  readonly op: string;
  readonly type: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** What a file is and for which hardware, without looking at single ops. */
export interface XirAbout {
  /** `quantized`: what the compiler takes; `compiled`: what it made. */
  readonly kind: 'quantized' | 'compiled';
  readonly parts: readonly DevicePart[];
  /** Device of every op that a part has. */
  readonly deviceOf: ReadonlyMap<string, string>;
  readonly fallbacks: readonly Fallback[];
  readonly fingerprints: readonly DecodedFingerprint[];
  /** "DPUCZDX8G_ISA1_B4096", each once. */
  readonly dpuNames: readonly string[];
  /** "xcompiler 3.5.0" and the commit it was built from. */
  readonly tools: readonly (readonly [tool: string, commit: string])[];
  /** Version of the compiler: "3.5.0". */
  readonly compiler?: string;
  /** Framework that the model came from, as the compiler noted it. */
  readonly origin?: string;
  /** md5 of the files that it was made from. */
  readonly sources: readonly (readonly [file: string, md5: string])[];
  readonly workload: number;
  readonly workloadOnArch: number;
}

/** Sub-graphs inside each other that are looked into; the reader allows no more either. */
const deepest = 100;

/** Reads what a graph says of itself. In a compiled file the children of the root run on one device each. */
export function aboutXir(graph: XirGraph): XirAbout {
  const children = graph.root?.children ?? [];
  const parts = children.map(partOf);
  const deviceOf = new Map<string, string>();
  for (const part of parts) for (const op of part.ops) if (!deviceOf.has(op)) deviceOf.set(op, part.device);
  const tools = entries(graph.attributes, 'libs_info').map(
    ([tool, commit]) => [tool.replaceAll(/\.(?=\d+\.\d+\.\d+)/g, ' '), commit] as const,
  );
  const compiler = tools.map(([tool]) => /^xcompiler (\d+\.\d+\.\d+)$/.exec(tool)?.[1]).find((version) => version !== undefined);
  const prints = children.flatMap(({ attributes }) => bigints(attributes, 'dpu_fingerprint'));
  return {
    kind: children.length ? 'compiled' : 'quantized',
    parts,
    deviceOf,
    fallbacks: children.length ? fallbacksOf(graph, deviceOf) : [],
    fingerprints: [...new Set(prints)].map(decodeFingerprint),
    dpuNames: [...new Set(children.flatMap(({ attributes }) => texts(attributes, 'dpu_name')))],
    tools,
    ...(compiler === undefined ? {} : { compiler }),
    ...(texts(graph.attributes, 'origin')[0] === undefined ? {} : { origin: texts(graph.attributes, 'origin')[0]! }),
    sources: entries(graph.attributes, 'files_md5sum'),
    workload: graph.root ? number(graph.root.attributes, 'workload') : 0,
    workloadOnArch: graph.root ? number(graph.root.attributes, 'workload_on_arch') : 0,
  };
}

function partOf(part: XirSubgraph): DevicePart {
  const ops: string[] = [];
  const walk = (at: XirSubgraph, depth: number): void => {
    // One by one: a list of many may be longer than a call takes arguments.
    for (const op of at.ops) ops.push(op);
    if (depth < deepest) for (const child of at.children) walk(child, depth + 1);
  };
  walk(part, 0);
  const { attributes } = part;
  return {
    name: part.name,
    device: texts(attributes, 'device')[0] ?? '',
    ops,
    workload: number(attributes, 'workload'),
    workloadOnArch: number(attributes, 'workload_on_arch'),
    instructionBytes: bytesIn(attributes, 'mc_code'),
    parameterBytes: bytesIn(attributes, 'reg_id_to_parameter_value'),
  };
}

/** Operators on the processor that do more than change the format of numbers (`fix2float`, `float2fix`) at the border of a part. */
function fallbacksOf(graph: XirGraph, deviceOf: ReadonlyMap<string, string>): Fallback[] {
  const readers = new Map<string, string[]>();
  for (const op of graph.ops)
    for (const name of [...op.inputs.values()].flat()) {
      const known = readers.get(name);
      if (known) known.push(op.name);
      else readers.set(name, [op.name]);
    }
  return graph.ops
    .filter((op) => deviceOf.get(op.name) === 'CPU' && !formatOnly(op))
    .map((op) => ({ op: op.name, type: op.type, from: [...op.inputs.values()].flat(), to: readers.get(op.name) ?? [] }));
}

const formatOnly = ({ type }: XirOp): boolean => ['fix2float', 'float2fix', 'const', 'const-fix', 'data', 'data-fix'].includes(type);

const texts = (attributes: XirAttributes, name: string): string[] => {
  const found = attributes.get(name);
  return found?.kind === 'string' && found.value !== '' ? [found.value] : [];
};

const bigints = (attributes: XirAttributes, name: string): bigint[] => {
  const found = attributes.get(name);
  return found?.kind === 'uint64' || found?.kind === 'int64' ? [found.value] : [];
};

/** A whole number of any kind; 0 where there is none. */
export function number(attributes: XirAttributes, name: string): number {
  const found = attributes.get(name);
  return typeof found?.value === 'number' || typeof found?.value === 'bigint' ? Number(found.value) : 0;
}

const entries = (attributes: XirAttributes, name: string): (readonly [string, string])[] => {
  const found = attributes.get(name);
  return found?.kind === 'map_string_string' ? [...found.value] : [];
};

/** Length of a `bytes` attribute, or of all in a map of them. */
function bytesIn(attributes: XirAttributes, name: string): number {
  const found = attributes.get(name);
  if (found?.kind === 'bytes') return found.value.length;
  if (found?.kind !== 'map_string_bytes') return 0;
  return [...found.value.values()].reduce((sum, { length }) => sum + length, 0);
}
