import type { Graph, Model, Node } from '../onnx/graph.ts';
import { loadTensor } from '../onnx/scan.ts';
import type { StoredAttribute } from '../onnx/node.ts';
import type { Tensor } from '../onnx/tensor.ts';
import { isLayer, type MatchedLayer } from './match-layers.ts';

export interface StructureChange {
  /** Names of nodes. */
  added: string[];
  removed: string[];
  /** Same name (or the same layer under a new one): other operator, attributes or weights. */
  changed: string[];
}

/** What was added to `a`, removed from it and changed to make `b`. Weights are read one by one. */
export async function structureChange(a: Model, b: Model, matched: readonly MatchedLayer[]): Promise<StructureChange> {
  const [nodesA, nodesB] = [labelled(a.graph), labelled(b.graph)];
  const newNames = new Map(matched.filter((layer) => layer.a !== layer.b).map((layer) => [layer.a, layer.b]));
  const oldNames = new Map([...newNames].map(([old, now]) => [now, old]));
  const changed: string[] = [];
  for (const [label, node] of nodesA) {
    const other = nodesB.get(label) ?? nodesB.get(newNames.get(label) ?? '');
    if (other && !(await sameNode(a.graph, node, b.graph, other))) changed.push(label);
  }
  return {
    added: layersFirst(nodesB, (label) => !nodesA.has(label) && !oldNames.has(label)),
    removed: layersFirst(nodesA, (label) => !nodesB.has(label) && !newNames.has(label)),
    changed,
  };
}

/** Names that pass, those of layers before those of constants, quantizers and casts: of these there are hundreds. */
function layersFirst(nodes: ReadonlyMap<string, Node>, test: (label: string) => boolean): string[] {
  const found = [...nodes].filter(([label]) => test(label));
  return [...found.filter(([, node]) => isLayer(node)), ...found.filter(([, node]) => !isLayer(node))].map(([label]) => label);
}

const labelled = (graph: Graph): Map<string, Node> => new Map(graph.nodes.map((node) => [node.label, node]));

async function sameNode(graphA: Graph, a: Node, graphB: Graph, b: Node): Promise<boolean> {
  if (a.qualifiedOp !== b.qualifiedOp || !sameAttributes(a, b)) return false;
  for (let i = 0; i < Math.max(a.inputs.length, b.inputs.length); i++) {
    const [weightA, weightB] = [graphA.constant(a.inputs[i] ?? ''), weight(graphB, b.inputs[i] ?? '')];
    if (weightA !== weightB && !(weightA && weightB && (await sameTensor(weightA, weightB)))) return false;
  }
  return true;
}

/** A weight, through the DequantizeLinear that a quantizer puts before it. */
const weight = (graph: Graph, input: string): Tensor | undefined => {
  const producer = graph.producer(input);
  return graph.constant(producer?.op === 'DequantizeLinear' ? (producer.inputs[0] ?? '') : input);
};

async function sameTensor(a: Tensor, b: Tensor): Promise<boolean> {
  if (a.type !== b.type || a.dims.join() !== b.dims.join()) return false;
  const [loadedA, loadedB] = [await loadTensor(a), await loadTensor(b)];
  if (loadedA.source.kind !== 'bytes' || loadedB.source.kind !== 'bytes') return loadedA.source.kind === loadedB.source.kind;
  return Buffer.compare(loadedA.bytes, loadedB.bytes) === 0;
}

function sameAttributes(a: Node, b: Node): boolean {
  if (a.attributes.size !== b.attributes.size) return false;
  return [...a.attributes].every(([name, value]) => {
    const other = b.attributes.get(name);
    return other !== undefined && attributeText(value) === attributeText(other);
  });
}

/** Equal for equal attributes; sub-graphs are compared by their size and operators. */
function attributeText(attribute: StoredAttribute): string {
  switch (attribute.kind) {
    case 'graph':
      return graphText(attribute.value);
    case 'graphs':
      return attribute.value.map(graphText).join();
    case 'tensor':
      return tensorText(attribute.value);
    case 'tensors':
      return attribute.value.map(tensorText).join();
    case 'string':
      return `string ${Buffer.from(attribute.value).toString('latin1')}`;
    case 'strings':
      return `strings ${attribute.value.map((value) => Buffer.from(value).toString('latin1')).join()}`;
    case 'float':
    case 'int':
    case 'floats':
    case 'ints':
      return `${attribute.kind} ${String(attribute.value)}`;
    default:
      return JSON.stringify(attribute);
  }
}

const graphText = (graph: Graph): string => `graph ${graph.nodes.map((node) => `${node.qualifiedOp}(${node.inputs.join()})`).join()}`;

const tensorText = (tensor: Tensor): string =>
  `${tensor.type} ${tensor.dims.join()} ${tensor.source.kind === 'bytes' ? Buffer.from(tensor.bytes).toString('base64') : JSON.stringify(tensor.source)}`;
