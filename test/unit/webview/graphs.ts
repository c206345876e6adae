import type { DrawableGraph, DrawableGroup, DrawableNode } from '../../../src/protocol/drawable.ts';
import type { LayerView, ModelView } from '../../../src/protocol/view.ts';

interface NodeOf {
  name: string;
  op?: string;
  lines?: string[];
  group?: number;
  kind?: DrawableNode['kind'];
  into?: number;
  macs?: number | null;
  parameters?: number;
  shape?: LayerView['outputShape'];
}

/** A model and its drawing: operators first, then ends; `edges` by place. */
export function modelOf(
  nodes: readonly NodeOf[],
  edges: readonly [number, number][] = [],
  groups: readonly (Partial<DrawableGroup> & { title: string })[] = [],
): { model: ModelView; graph: DrawableGraph } {
  const graph: DrawableGraph = {
    nodes: nodes.map(({ name, op = 'Relu', lines = [], group = -1, kind = 'operator', into }) => ({
      kind,
      category: 'other',
      title: kind === 'operator' ? op : name,
      name,
      lines,
      group,
      ...(into === undefined ? {} : { into }),
    })),
    edges: edges.map(([from, to], value) => ({ from, to, value, output: 0, input: 0 })),
    values: edges.map(([from], i) => ({ name: `v${i}`, type: 'float32', shape: nodes[from]?.shape ?? [1, 8] })),
    groups: groups.map((group) => ({ kind: 'scope', lines: [], parent: -1, ...group })),
    notes: [],
  };
  const layers = nodes
    .filter(({ kind = 'operator' }) => kind === 'operator')
    .map(({ name, op = 'Relu', macs = 0, parameters = 0, shape = null }, index): LayerView => ({
      index,
      name,
      op,
      outputShape: shape,
      parameters,
      weightBytes: parameters * 4,
      macs,
    }));
  const model: ModelView = {
    name: 'test.onnx',
    fileBytes: 1,
    format: 'ONNX, opset 13',
    producer: '',
    parameters: 0,
    weightBytes: 0,
    macs: 0,
    peakActivationBytes: null,
    inputs: [],
    outputs: [],
    layers,
    metadata: [],
    findings: [],
  };
  return { model, graph };
}
