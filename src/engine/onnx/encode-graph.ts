import { rememberedMessage } from './as-read.ts';
import { AttributeType, holdsParts } from './decode-graph.ts';
import { encodeTensor, type ExternalPlaces } from './encode-tensor.ts';
import { encodeValueInfo } from './encode-type.ts';
import type { Graph, Node, StoredAttribute } from './graph.ts';
import { KeptFields, textField } from './kept-fields.ts';
import type { WireWriter } from './wire-writer.ts';

/** Writes the fields of a GraphProto. */
export function encodeGraph(writer: WireWriter, graph: Graph, places: ExternalPlaces): void {
  const initializers = [...graph.initializers];
  const kept = new KeptFields(writer, graph.rest);
  kept.each(1, graph.nodes, (node) => encodeNode(writer, 1, node, places));
  kept.text(2, graph.name);
  kept.each(
    5,
    initializers.filter(([, tensor]) => tensor.source.kind !== 'sparse'),
    ([name, tensor]) => encodeTensor(writer, 5, tensor, places, name),
  );
  kept.each(11, graph.inputs, (input) => encodeValueInfo(writer, 11, input));
  kept.each(12, graph.outputs, (output) => encodeValueInfo(writer, 12, output));
  kept.each(13, graph.valueInfo.values(), (info) => encodeValueInfo(writer, 13, info));
  kept.each(
    15,
    initializers.filter(([, tensor]) => tensor.source.kind === 'sparse'),
    ([name, tensor]) => encodeTensor(writer, 15, tensor, places, name),
  );
  kept.end();
}

/** Writes a NodeProto as a field of the message around it. */
export function encodeNode(writer: WireWriter, field: number, node: Node, places: ExternalPlaces): void {
  writer.message(field, () => {
    const kept = new KeptFields(writer, node.rest);
    kept.each(1, node.inputs, (input) => writer.text(1, input));
    kept.each(2, node.outputs, (output) => writer.text(2, output));
    kept.text(3, node.name);
    kept.text(4, node.op);
    kept.each(5, node.attributes, ([name, attribute]) => encodeAttribute(writer, 5, name, attribute, places));
    kept.text(7, node.domain);
    kept.text(8, node.overload);
    kept.end();
  });
}

/** Fields of AttributeProto that are written anew: the name, and parts that may have changed or lie elsewhere. */
const nameField: ReadonlySet<number> = new Set([1]);
const partFields: ReadonlySet<number> = new Set([1, 5, 6, 10, 11]);

/** Writes an AttributeProto as a field of the message around it. */
export function encodeAttribute(writer: WireWriter, field: number, name: string, attribute: StoredAttribute, places: ExternalPlaces): void {
  const message = attribute.kind === 'other' ? attribute.message : rememberedMessage(attribute);
  if (message && !holdsParts(attribute) && textField(message, 1) === name) {
    writer.bytes(field, message);
    return;
  }
  writer.message(field, () => {
    const kept = new KeptFields(writer, message ? [message] : [], holdsParts(attribute) ? partFields : nameField);
    kept.once(1, true, () => writer.text(1, name));
    if (!message || holdsParts(attribute)) encodeValue(writer, kept, attribute, places);
    if (!message) encodeAttributeType(writer, attribute);
    kept.end();
  });
}

function encodeValue(writer: WireWriter, kept: KeptFields, attribute: StoredAttribute, places: ExternalPlaces): void {
  switch (attribute.kind) {
    case 'float':
      writer.float(2, attribute.value);
      break;
    case 'int':
      writer.int(3, attribute.value);
      break;
    case 'string':
      writer.bytes(4, attribute.value);
      break;
    case 'tensor':
      kept.once(5, true, () => encodeTensor(writer, 5, attribute.value, places));
      break;
    case 'graph':
      kept.once(6, true, () => writer.message(6, () => encodeGraph(writer, attribute.value, places)));
      break;
    case 'floats':
      for (const value of attribute.value) writer.float(7, value);
      break;
    case 'ints':
      for (const value of attribute.value) writer.int(8, value);
      break;
    case 'strings':
      for (const value of attribute.value) writer.bytes(9, value);
      break;
    case 'tensors':
      kept.each(10, attribute.value, (tensor) => encodeTensor(writer, 10, tensor, places));
      break;
    case 'graphs':
      kept.each(11, attribute.value, (graph) => writer.message(11, () => encodeGraph(writer, graph, places)));
      break;
    case 'sparse':
    case 'reference':
    case 'other':
  }
}

/** The type, and behind it by number what a reference or a sparse tensor says. */
function encodeAttributeType(writer: WireWriter, attribute: StoredAttribute): void {
  if (attribute.kind === 'reference') {
    writer.uint(20, attribute.type);
    writer.text(21, attribute.to);
  } else if (attribute.kind === 'sparse') {
    writer.uint(20, AttributeType.sparse);
    encodeTensor(writer, 22, attribute.value, new Map());
  } else if (attribute.kind !== 'other') writer.uint(20, AttributeType[attribute.kind]);
}
