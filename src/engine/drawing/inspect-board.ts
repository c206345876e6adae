import type { InspectBoardDocument, InspectedLayer } from '../../protocol/results/inspect.ts';
import type { ValueView } from '../../protocol/view.ts';
import { isContainer, scanContainer, type Container } from '../containers/index.ts';
import { sha256 } from '../ops/inspect.ts';
import { formatOfXir, xirFacts, xirRemarks } from '../xir/describe.ts';
import { scanXir } from '../xir/scan.ts';
import { fixOf, valueType } from '../xir/stored.ts';
import { drawXir } from './xir/draw.ts';
import { xirFigures } from './xir/figures.ts';

/** Whether a file is one for a board, by its ending. */
export const isBoardFile = (name: string): boolean => /\.xmodel$/i.test(name) || isContainer(name);

/** What `lathe inspect` tells of a file for a board; weights and instructions stay in the file. Throws LatheError as reading it. */
export async function inspectBoardFile({ path, hash }: { path: string; hash?: boolean }): Promise<InspectBoardDocument> {
  const { bytes, ...document } = /\.xmodel$/i.test(path) ? inspectXir(path) : inspectContainer(scanContainer(path));
  return { file: { path, bytes, ...(hash ? { sha256: await sha256(path) } : {}) }, ...document };
}

type Inspected = Omit<InspectBoardDocument, 'file'> & { bytes: number };

function inspectXir(path: string): Inspected {
  const file = scanXir(path);
  const drawing = drawXir(file.graph);
  const { about, inputs, outputs } = drawing;
  const { layers, ...figures } = xirFigures(drawing);
  return {
    bytes: file.bytes,
    format: formatOfXir(about),
    producer: about.compiler === undefined ? '' : `xcompiler ${about.compiler}`,
    facts: xirFacts(about),
    inputs: inputs.map((op) => ({ name: op.tensor.name || op.name, type: valueType(op), shape: [...op.tensor.shape] })),
    outputs: outputs.map((op) => ({ name: op.tensor.name || op.name, type: valueType(op), shape: [...op.tensor.shape] })),
    nodes: layers.length,
    operators: counted(layers.map(({ op }) => op)),
    ...figures,
    findings: [...xirRemarks(about), ...file.findings].map((message) => ({ message })),
    layers: layers.map(({ name, op, outputShape, parameters, macs }, index): InspectedLayer => {
      const bits = fixOf(drawing.layers[index]!).bits;
      return { name, op, outputShape: outputShape && [...outputShape], parameters, macs, ...(bits === undefined ? {} : { bits }) };
    }),
    xir: {
      kind: about.kind,
      fingerprints: about.fingerprints.map(({ hex, size, isa, features, image }) => ({ hex, isa, features: [...features], ...(size === undefined ? {} : { size }), ...(image === undefined ? {} : { image }) })), // prettier-ignore
      subgraphs: about.parts.map(({ name, device, ops, workload, workloadOnArch }) => ({ name, device, operators: ops.length, workload, workloadOnArch })), // prettier-ignore
      fallbacks: about.fallbacks.map(({ op, type }) => ({ op, type })),
    },
  };
}

function inspectContainer({ format, producer, bytes, facts, inputs, outputs, nodes, values, stored, findings }: Container): Inspected {
  const elements = ({ shape }: ValueView): number => (shape ?? []).reduce<number>((product, dim) => product * Number(dim), 1);
  const held = [...stored.values()];
  const plain = ({ name, type, shape }: ValueView): { name: string; type: string; shape: (number | string | null)[] | null } => ({ name, type, shape: shape && [...shape] }); // prettier-ignore
  return {
    bytes,
    format,
    producer,
    facts: facts.map(([name, value]) => [name, value]),
    inputs: inputs.map(plain),
    outputs: outputs.map(plain),
    nodes: nodes.length,
    operators: counted(nodes.map(({ op }) => op)),
    parameters: held.reduce((sum, tensor) => sum + elements(tensor), 0),
    weightBytes: held.reduce((sum, tensor) => sum + tensor.bytes, 0),
    macs: null,
    peakActivationBytes: null,
    findings: findings.map((message) => ({ message })),
    layers: nodes.map(({ name, op, inputs: from, outputs: made }) => ({
      name,
      op,
      outputShape: plain(values.get(made[0] ?? '') ?? { name: '', type: '', shape: null }).shape,
      parameters: from.reduce((sum, one) => sum + (stored.has(one) ? elements(stored.get(one)!) : 0), 0),
      macs: null,
    })),
  };
}

/** How often each operator occurs, the most frequent first. */
function counted(operators: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const op of operators) counts.set(op, (counts.get(op) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}
