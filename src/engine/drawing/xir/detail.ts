import type { AttributeView, LayerDetail, NodeLink, PortView } from '../../../protocol/view.ts';
import type { XirOp } from '../../xir/graph.ts';
import { fixOf, valueType } from '../../xir/stored.ts';
import type { XirDrawing } from './draw.ts';
import { operandList, type XirOperand } from './operands.ts';
import { attributeValue } from './values.ts';
import { storedNumbers } from './weights.ts';
import { aboutOperator, attributeMeaningXir, roleOf } from './words.ts';

const shownAttributes = 200;
const shownPorts = 200;
const shownLinks = 20;
const longestText = 300;

const cut = (text: string): string => (text.length > longestText ? `${text.slice(0, longestText)}…` : text);

/** What the side panel shows of a layer. Throws RangeError where there is no such layer. */
export function xirDetail(drawing: XirDrawing, index: number): LayerDetail {
  const op = drawing.layers[index];
  if (!op) throw new RangeError(`there is no operator ${index}`);
  const about = aboutOperator(op.type);
  return {
    index,
    name: cut(op.name),
    op: cut(op.type),
    ...(about === undefined ? {} : { about }),
    attributes: attributesOf(op, drawing),
    inputs: operandList(op)
      .slice(0, shownPorts)
      .map((operand, at) => ({ ...inputPort(drawing, op, at, operand), role: cut(roleOf(operand.argument)) })),
    outputs: [
      { kind: 'value', name: cut(op.tensor.name || op.name), type: valueType(op), shape: op.tensor.shape, ...readers(drawing, index) },
    ],
  };
}

/** Those of the operator, where it runs, then those of its result, each once. */
function attributesOf(op: XirOp, { about }: XirDrawing): AttributeView[] {
  const seen = new Set<string>();
  const views: AttributeView[] = [];
  const add = (name: string, type: string, value: string): void => {
    if (seen.has(name) || views.length >= shownAttributes) return;
    seen.add(name);
    const meaning = attributeMeaningXir(name);
    views.push({ name: cut(name), type, value, ...(meaning === undefined ? {} : { meaning }) });
  };
  const device = about.deviceOf.get(op.name);
  if (device !== undefined && !op.attributes.has('device')) add('device', 'string', cut(device));
  const { position } = fixOf(op);
  if (position !== undefined) add('step of the result', 'double', `2^${-position} = ${String(2 ** -position)}`);
  for (const [name, attribute] of op.attributes) add(name, attribute.kind, attributeValue(attribute));
  for (const [name, attribute] of op.tensor.attributes) {
    // A window's stride and the distance of a value's elements have the same name.
    const shown = seen.has(name) && name === 'stride' ? 'stride of the result' : name;
    add(shown, attribute.kind, attributeValue(attribute));
  }
  return views;
}

function inputPort(drawing: XirDrawing, op: XirOp, at: number, { name }: XirOperand): PortView {
  const { stored, ops, nodeOf, graph } = drawing;
  const constant = stored.get(name);
  if (constant) {
    const { shape } = constant.constant.tensor;
    const data = constant.constant.attributes.get('data');
    const fixed = constant.position === undefined ? '' : `, fix ${constant.position}`;
    const empty = data?.kind !== 'bytes' || data.value.length === 0;
    return {
      kind: 'constant',
      name: cut(name),
      // Compiled files keep their weights in the hardware's layout, behind registers.
      type: empty ? `${valueType(constant.constant)}, in the hardware's layout` : `float32${fixed}`,
      shape,
      ...(empty ? {} : { bytes: data.value.length }),
      ...(storedNumbers(drawing, op, at) ? { weights: true as const } : {}),
    };
  }
  const maker = ops.get(name);
  const node = nodeOf.get(name);
  const link: NodeLink[] = node === undefined ? [] : [{ node, op: graph.nodes[node]!.title, name: graph.nodes[node]!.name }];
  if (!maker) return { kind: 'absent', name: cut(name), type: '', shape: null };
  return { kind: 'value', name: cut(name), type: valueType(maker), shape: maker.tensor.shape, links: link, linkCount: link.length };
}

function readers({ graph }: XirDrawing, index: number): Pick<PortView, 'links' | 'linkCount'> {
  const ids = [...new Set(graph.edges.filter(({ from }) => from === index).map(({ to }) => to))];
  return {
    links: ids.slice(0, shownLinks).map((node) => ({ node, op: graph.nodes[node]!.title, name: graph.nodes[node]!.name })),
    linkCount: ids.length,
  };
}
