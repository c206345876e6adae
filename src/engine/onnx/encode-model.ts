import { LatheError } from '../base/errors.ts';
import { decodeOperatorSet } from './decode-model.ts';
import { decodeEntry } from './decode-tensor.ts';
import { encodeAttribute, encodeGraph, encodeNode } from './encode-graph.ts';
import { encodeEntry, type ExternalPlaces } from './encode-tensor.ts';
import { encodeValueInfo } from './encode-type.ts';
import type { Model, ModelFunction } from './graph.ts';
import { KeptFields } from './kept-fields.ts';
import { memorySource, WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

/** Protobuf messages end here: larger models need external data. */
export const maximumMessageLength = 2 ** 31 - 1;

/** Writes a ModelProto; the tensors in `places` as references to another file. Throws `model.too-large` above 2 GB. */
export function encodeModelTo(model: Model, places: ExternalPlaces): WireWriter {
  const writer = new WireWriter();
  const kept = new KeptFields(writer, model.rest);
  kept.once(1, model.irVersion !== 0, () => writer.int(1, model.irVersion));
  kept.text(2, model.producerName);
  kept.text(3, model.producerVersion);
  kept.text(4, model.domain);
  kept.once(5, model.modelVersion !== 0, () => writer.int(5, model.modelVersion));
  kept.text(6, model.docString);
  kept.each(7, [model.graph], (graph) => writer.message(7, () => encodeGraph(writer, graph, places)));
  kept.each(8, model.opsets, ([domain, version]) => {
    const stored = model.entries.get(`8:${domain}`);
    if (stored && readEntry(stored, decodeOperatorSet)[1] === version) writer.raw(stored);
    else encodeOperatorSet(writer, 8, domain, version);
  });
  kept.each(14, model.metadata, ([key, value]) => {
    const stored = model.entries.get(`14:${key}`);
    if (stored && readEntry(stored, decodeEntry)[1] === value) writer.raw(stored);
    else encodeEntry(writer, 14, key, value);
  });
  kept.each(25, model.functions, (item) => writer.message(25, () => encodeFunction(writer, item, places)));
  kept.end();
  if (writer.length > maximumMessageLength) {
    throw new LatheError('model.too-large', `the model takes ${writer.length} bytes, more than the 2 GB an .onnx file can hold`, {
      file: model.path,
      hint: 'Write it with its weights in another file (external data).',
    });
  }
  return writer;
}

/** Reads one field that holds an entry, as it was kept. */
function readEntry<T>(field: Uint8Array, decode: (reader: WireReader) => T): T {
  const reader = new WireReader(memorySource(field));
  reader.next();
  return reader.message(() => decode(reader));
}

/** Writes an OperatorSetIdProto, the domain even where it is "", as the onnx package does. */
function encodeOperatorSet(writer: WireWriter, field: number, domain: string, version: number): void {
  writer.message(field, () => {
    writer.text(1, domain);
    writer.int(2, version);
  });
}

/** Writes the fields of a FunctionProto. */
function encodeFunction(writer: WireWriter, item: ModelFunction, places: ExternalPlaces): void {
  const kept = new KeptFields(writer, item.rest);
  kept.text(1, item.name);
  kept.each(4, item.body.inputs, ({ name }) => writer.text(4, name));
  kept.each(5, item.body.outputs, ({ name }) => writer.text(5, name));
  kept.each(6, item.attributeNames, (name) => writer.text(6, name));
  kept.each(7, item.body.nodes, (node) => encodeNode(writer, 7, node, places));
  kept.each(9, item.opsets, ([domain, version]) => encodeOperatorSet(writer, 9, domain, version));
  kept.text(10, item.domain);
  kept.each(11, item.attributeDefaults, ([name, attribute]) => encodeAttribute(writer, 11, name, attribute, places));
  kept.each(12, item.body.valueInfo.values(), (info) => encodeValueInfo(writer, 12, info));
  kept.text(13, item.overload);
  kept.end();
}
