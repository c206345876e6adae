import type { Drawing, Place } from '../../engine/drawing/draw.ts';
import { attributeMeaning } from '../../engine/drawing/facts/attributes.ts';
import { operandWord, operatorFacts } from '../../engine/drawing/facts/operators.ts';
import { sourceTensor } from '../../engine/drawing/source.ts';
import { storedWeights } from '../../engine/drawing/weights/stored.ts';
import { dataTypeName } from '../../engine/onnx/data-type.ts';
import type { Attribute, Graph, Node } from '../../engine/onnx/graph.ts';
import type { Tensor } from '../../engine/onnx/tensor.ts';
import { findRecord, versionOf } from '../../engine/ops/index.ts';
import { lookUp } from '../../engine/ops/infer.ts';
import type { AttributeView, LayerDetail, PortView } from '../../protocol/view.ts';
import type { NodeLinks } from './node-links.ts';
import { cut, shorten } from './shorten.ts';

const shownItems = 32;
/** Inputs or outputs of one node that are shown. */
const shownPorts = 200;

/** What the side panel shows of an operator of the drawing. */
export function layerDetail(index: number, place: Place, drawing: Drawing, links: NodeLinks): LayerDetail {
  const { scope, node } = place;
  const version = versionOf(scope.opsets, node.domain);
  const about = findRecord(node.domain, node.op, version)?.summary;
  const words = operatorFacts(node.op, version);
  const role = (side: 'inputs' | 'outputs', at: number): Pick<PortView, 'role'> => {
    const word = words && operandWord(words[side], at);
    return word === undefined ? {} : { role: word };
  };
  return {
    index,
    name: drawing.graph.nodes[index]!.name,
    op: cut(node.qualifiedOp),
    ...(about === undefined ? {} : { about }),
    attributes: attributesOf(node, version),
    inputs: node.inputs
      .slice(0, shownPorts)
      .map((name, at) => ({ ...inputPort(place, at), ...role('inputs', at), ...links.maker(index, at, name) })),
    outputs: node.outputs
      .slice(0, shownPorts)
      .map((name, at) => ({ ...valuePort(place, name), ...role('outputs', at), ...links.readers(index, at) })),
  };
}

function inputPort(place: Place, at: number): PortView {
  const { scope, node } = place;
  const name = node.inputs[at]!;
  const port = valuePort(place, name);
  if (port.kind === 'absent') return port;
  // One number is seen at a glance.
  const looked = (storedWeights(scope, node, at)?.tensor.size ?? 0) > 1 ? { weights: true as const } : {};
  const tensor = sourceTensor(scope, name);
  if (!tensor || !scope.graph.constant(name)) return { ...port, ...looked };
  return {
    kind: 'constant',
    name: port.name,
    type: dataTypeName(tensor.type),
    shape: [...tensor.dims],
    bytes: tensor.byteLength,
    ...looked,
  };
}

function valuePort({ scope }: Place, name: string): PortView {
  if (name === '') return { kind: 'absent', name, type: '', shape: null };
  const known = lookUp(scope, name);
  const type = known?.container ?? (known?.type ? dataTypeName(known.type) : 'unknown');
  return { kind: 'value', name: cut(name), type, shape: known?.shape ?? null };
}

/** Those of the file, then what holds for those it leaves out. */
function attributesOf(node: Node, version: number): AttributeView[] {
  const explained = (name: string): Pick<AttributeView, 'meaning'> => {
    const meaning = attributeMeaning(node.op, name);
    return meaning === undefined ? {} : { meaning };
  };
  const given = [...node.attributes].map(([name, attribute]): AttributeView => {
    const value = cut(attributeText(attribute));
    return { name: cut(name), type: attribute.kind, value, ...explained(name) };
  });
  const defaults = [...(operatorFacts(node.op, version)?.attributes ?? [])]
    .filter(([name, value]) => value !== '' && !node.attributes.has(name))
    .map(([name, value]): AttributeView => ({ name, type: 'default', value, byDefault: true, ...explained(name) }));
  return [...given, ...defaults];
}

function attributeText(attribute: Attribute): string {
  switch (attribute.kind) {
    case 'float':
      return String(Number(attribute.value.toPrecision(7)));
    case 'int':
      return String(attribute.value);
    case 'string':
      return bytesAsText(attribute.value);
    case 'tensor':
      return tensorText(attribute.value);
    case 'graph':
      return graphText(attribute.value);
    case 'floats':
    case 'ints':
      return shorten(attribute.value.slice(0, shownItems + 1).map(String), shownItems, () => `… ${attribute.value.length} in all`).join(
        ', ',
      );
    case 'strings':
      return shorten(attribute.value.slice(0, shownItems + 1).map(bytesAsText), shownItems, () => '…').join(', ');
    case 'tensors':
      return attribute.value.slice(0, shownItems).map(tensorText).join('; ');
    case 'graphs':
      return attribute.value.slice(0, shownItems).map(graphText).join('; ');
    case 'reference':
      return `the function's attribute ${attribute.to}`;
    default:
      return '(not shown)';
  }
}

/** A small tensor by its elements, others by type and shape. */
function tensorText(tensor: Tensor): string {
  const about = `${dataTypeName(tensor.type)} ${tensor.dims.length ? tensor.dims.join('×') : 'scalar'}`;
  const numbers = tensor.isLoaded && tensor.size > 0 && tensor.size <= shownItems && storedNumbers(tensor);
  return numbers ? `${about}: ${numbers}` : about;
}

function storedNumbers(tensor: Tensor): string | undefined {
  // Complex numbers have no plain form.
  if (dataTypeName(tensor.type).startsWith('complex')) return undefined;
  return Array.from(tensor.toFloat64(), (value) => String(Number(value.toPrecision(7)))).join(', ');
}

const graphText = (graph: Graph): string => `graph of ${graph.nodes.length} nodes: ${operators(graph.nodes)}`;
const operators = (nodes: readonly Node[]): string => [...new Set(nodes.slice(0, 200).map((node) => node.qualifiedOp))].join(', ');
const bytesAsText = (bytes: Uint8Array): string => new TextDecoder().decode(bytes.subarray(0, 1600));
