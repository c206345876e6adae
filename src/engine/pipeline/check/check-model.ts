import type { CheckDocument, CheckedNode, OfferedFix } from '../../../protocol/results/board.ts';
import { findFixes } from '../../fit/apply.ts';
import { allFixes, fixes } from '../../fit/index.ts';
import type { Dim, Model, Node } from '../../onnx/graph.ts';
import { inferShapes, type Shapes } from '../../ops/infer.ts';
import { nodeMacs } from '../../ops/measure/macs.ts';
import { DataType, dataTypeBits } from '../../onnx/data-type.ts';
import { checkFormat } from '../../targets/check-format.ts';
import { checkPositions } from '../../targets/zcu104/check-positions.ts';
import { findDpuArchitecture, type DpuArchitecture } from '../../targets/zcu104/verdict/architecture.ts';
import { DataFlow } from '../../targets/verdict/data-flow.ts';
import { partition, type Partition } from '../../targets/verdict/subgraphs.ts';
import { cpuDevice, type NodeVerdict, type TargetVerdict } from '../../targets/verdict/types.ts';
import { planChain } from '../chain-plan/plan.ts';

export interface CheckRequest {
  readonly verdict: TargetVerdict;
  /** Name or fingerprint. */
  readonly architecture?: string;
  readonly shapes?: Readonly<Record<string, readonly Dim[]>>;
}

/** Longest name or reason in a document: files may hold longer ones. */
const longest = 1000;
const cut = (text: string): string => (text.length > longest ? `${text.slice(0, longest)}…` : text);

/** Where each node of a model runs on a target, and what follows from it. Weights are not read: a scanned model is enough. */
export function checkModel(model: Model, { verdict, architecture, shapes: bind }: CheckRequest): CheckDocument {
  const { target, accelerator, userDevice } = verdict;
  const shapes = inferShapes(model, bind ? { bind } : {}).forOnePicture(model);
  const flow = new DataFlow(shapes);
  const judged = verdict.judge({ flow, ...(architecture === undefined ? {} : { architecture }) });
  const board = dpuOf(verdict, architecture);
  const offered = board ? offers(model, board, judged, flow) : new Map<string, OfferedFix[]>();
  const elementBytes = (dataTypeBits(DataType[target.activationTypes[0] ?? 'float32']) ?? 8) / 8;
  const parts = partition(flow, judged, {
    elementBytes,
    ...(accelerator === undefined ? {} : { accelerator }),
    ...(userDevice === undefined ? {} : { userDevice }),
  });
  const macs = macsOf(shapes, flow);
  const chosen = board?.name ?? architecture;
  const chain = planChain(model, { verdict, ...(chosen === undefined ? {} : { architecture: chosen }), ...(bind ? { shapes: bind } : {}) });
  return {
    target: target.name,
    title: target.title,
    ...(chosen === undefined ? {} : { architecture: chosen }),
    nodes: [...judged.values()].map((known) => checkedNode(known, offered.get(known.node.label))),
    ...subgraphsOf(parts, macs),
    quantization: board
      ? positionsOf(model)
      : checkFormat(model, target).map((found) => ({ ...found, node: cut(found.node), message: cut(found.message) })),
    macs: {
      accelerator: sum([...judged.values()].filter(({ device }) => device === accelerator).map(({ node }) => macs(node))),
      all: sum(flow.nodes.map(macs)),
    },
    warnings: warningsOf(shapes, judged, verdict, flow),
    ...(chain ? { chain } : {}),
  };
}

/** The DPU that a target is judged for; undefined: it is no DPU. */
export function dpuOf({ architectures }: TargetVerdict, architecture: string | undefined): DpuArchitecture | undefined {
  const own = architectures[0];
  return own && findDpuArchitecture(architecture ?? own.name);
}

/** Fixes that fit a refused or uncertain node as it stands; then what its rule advises and no rewriting does. By label. */
function offers(model: Model, board: DpuArchitecture, judged: ReadonlyMap<Node, NodeVerdict>, flow: DataFlow): Map<string, OfferedFix[]> {
  const wanted = [...judged.values()].filter(({ verdict }) => verdict !== 'yes');
  const offered = new Map<string, OfferedFix[]>(wanted.map(({ node }) => [node.label, []]));
  if (wanted.length === 0) return offered;
  const rank = new Map(wanted.map(({ node, fixes: ids }) => [node.label, ids]));
  for (const { id, nodes } of findFixes(model, { board, fixes })) for (const label of nodes) offer(offered.get(label), id);
  const isRewriting = new Set(fixes.filter(({ effect }) => effect !== 'advice').map(({ id }) => id));
  const cuts = cutsOf(judged, flow);
  for (const { node, fixes: ids } of wanted) {
    for (const id of ids) if (!isRewriting.has(id) && (cuts[id]?.has(node) ?? true)) offer(offered.get(node.label), id);
  }
  for (const [label, list] of offered) {
    const ids = rank.get(label)!;
    const place = ({ id }: OfferedFix): number => (ids.includes(id) ? ids.indexOf(id) : ids.length);
    list.sort((a, b) => place(a) - place(b));
  }
  return offered;
}

/** Where a model can be cut: nodes with nothing on the accelerator behind them, and such with nothing on it before them. */
function cutsOf(judged: ReadonlyMap<Node, NodeVerdict>, flow: DataFlow): Readonly<Record<string, ReadonlySet<Node>>> {
  const onCpu = (node: Node): boolean => judged.get(node)?.device === cpuDevice;
  const [start, end] = [new Set<Node>(), new Set<Node>()];
  for (const node of flow.nodes) if (onCpu(node) && flow.makers(node).every((maker) => start.has(maker))) start.add(node);
  for (const node of [...flow.nodes].reverse()) if (onCpu(node) && flow.readers(node).every((reader) => end.has(reader))) end.add(node);
  return { 'cut-start': start, 'cut-end': end };
}

function offer(list: OfferedFix[] | undefined, id: string): void {
  const fix = allFixes.find((each) => each.id === id);
  if (fix && list?.every((each) => each.id !== id)) list.push({ id, title: fix.title, effect: fix.effect });
}

function checkedNode({ node, verdict, reason, rule, device, inside }: NodeVerdict, offered: OfferedFix[] = []): CheckedNode {
  const [first] = offered;
  return {
    name: cut(node.label),
    op: cut(node.qualifiedOp),
    verdict,
    reason: cut(reason),
    ...(first ? { fix: first.title, fixes: offered } : {}),
    rule,
    device,
    ...(inside ? { inside: cut(inside.label) } : {}),
  };
}

function subgraphsOf(
  { subgraphs, transfers }: Partition,
  macs: (node: Node) => number | null,
): Pick<CheckDocument, 'subgraphs' | 'transfers'> {
  return {
    subgraphs: subgraphs.map(({ device, nodes, tensor }) => ({
      device,
      nodes: nodes.map(({ label }) => cut(label)),
      macs: sum(nodes.map(macs)),
      ...(tensor === undefined ? {} : { tensor: cut(tensor) }),
    })),
    transfers: transfers.map(({ from, to, tensor, bytes }) => ({ from, to, tensor: cut(tensor), bytes })),
  };
}

function macsOf({ root }: Shapes, { nodes }: DataFlow): (node: Node) => number | null {
  const known = new Map(nodes.map((node) => [node, nodeMacs(root, node)]));
  return (node) => known.get(node) ?? null;
}

const sum = (counts: readonly (number | null)[]): number | null =>
  counts.reduce((total, count) => (total === null || count === null ? null : total + count), 0);

/** Positions that a fix can have at all. (Vitis AI 3.5, vai_q_onnx quant_utils.py.) */
const mostPosition = 127;

/** Of a quantized model: what its scales and positions are wrong in. */
function positionsOf(model: Model): CheckDocument['quantization'] {
  return checkPositions(model).map(({ node, constraint, message, shift }) => ({
    node: cut(node),
    constraint,
    message: cut(message),
    ...(shift ? { value: shift.value, allowed: [shift.least, Math.min(shift.greatest, mostPosition)] as [number, number] } : {}),
  }));
}

function warningsOf(
  { root, notes }: Shapes,
  judged: ReadonlyMap<Node, NodeVerdict>,
  { accelerator, takesFloat, remarks }: TargetVerdict,
  flow: DataFlow,
): string[] {
  const found = [...notes, ...(remarks?.(flow) ?? [])];
  const all = [...judged.values()];
  if (accelerator !== undefined && all.length > 0 && all.every(({ device }) => device !== accelerator))
    found.push(`nothing of the model runs on the ${accelerator}`);
  const quantized = root.nodes.some(({ op }) => op === 'QuantizeLinear' || op === 'DequantizeLinear');
  if (accelerator !== undefined && !takesFloat && !quantized)
    found.push(`the model is float: quantize it before it goes to the ${accelerator}`);
  return found.map(cut);
}
