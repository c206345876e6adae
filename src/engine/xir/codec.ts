import { LatheError } from '../base/errors.ts';
import { memorySource, Wire, WireReader, type ByteSource } from '../onnx/wire-reader.ts';
import { WireWriter, type Payload } from '../onnx/wire-writer.ts';
import { attributeCodec, readEntry, writeEntry } from './attribute-codec.ts';
import {
  xirDataTypes,
  type XirAttribute,
  type XirAttributes,
  type XirGraph,
  type XirOp,
  type XirSubgraph,
  type XirTensor,
} from './graph.ts';

/** Fields of `serial_v2.Graph` (Vitis-AI, xir/proto/graph_proto_v2.proto); there is no magic number before them. */
const graphFields = [1, 5, 10, 11, 101];

/**
 * Reads an `.xmodel`: a file (contents of long attributes stay there) or its bytes. Throws LatheError with the offset: `xir.not-xir`,
 * `xir.op` for an op without a name, type or tensor, and the codes of damaged protobuf data. Whoever only looks at the graph leaves the
 * definitions of operators out: they are larger than most graphs.
 */
export function decodeXir(bytes: Uint8Array | ByteSource, file?: string, keep = { definitions: true }): XirGraph {
  const source = bytes instanceof Uint8Array ? memorySource(bytes) : bytes;
  const reader = new WireReader(source, file, { name: 'XIR', code: 'xir.not-xir' });
  const [ops, definitions]: [XirOp[], Uint8Array[]] = [[], []];
  const attributes = new Map<string, XirAttribute>();
  let name = '';
  let root: XirSubgraph | undefined;
  while (reader.next()) {
    if (!graphFields.includes(reader.field)) reader.fail('xir.not-xir', `this is no XIR graph: it has a field ${reader.field}`);
    if (reader.field === 1) name = reader.text();
    else if (reader.field === 5) ops.push(readOp(reader));
    else if (reader.field === 10) root = readSubgraph(reader);
    else if (reader.field === 11) readAttribute(reader, attributes);
    else if (keep.definitions) definitions.push(reader.raw());
    else reader.skip();
  }
  if (ops.length === 0) throw new LatheError('xir.not-xir', 'this is no XIR graph: there are no operators in it', { file });
  return { name, ops, root, attributes, definitions };
}

function readAttribute(reader: WireReader, into: Map<string, XirAttribute>): void {
  const found = new Map<string, XirAttribute | undefined>();
  readEntry(reader, attributeCodec, found);
  for (const [key, value] of found) if (value) into.set(key, value);
}

function readOp(reader: WireReader): XirOp {
  const start = reader.offset;
  let [name, type] = ['', ''];
  let tensor: XirTensor | undefined;
  const attributes = new Map<string, XirAttribute>();
  const inputs = new Map<string, readonly string[]>();
  reader.message(() => {
    while (reader.next()) {
      if (reader.field === 1) name = reader.text();
      else if (reader.field === 2) type = reader.text();
      else if (reader.field === 3) readAttribute(reader, attributes);
      else if (reader.field === 4) readArgument(reader, inputs);
      else if (reader.field === 5) tensor = readTensor(reader);
      else reader.skip();
    }
  });
  if (!name || !type || !tensor) {
    const missing = !name ? 'name' : !type ? 'type' : 'tensor';
    return reader.fail('xir.op', `an operator${name ? ` (${JSON.stringify(name)})` : ''} has no ${missing}`, start);
  }
  return { name, type, attributes, inputs, tensor };
}

function readArgument(reader: WireReader, inputs: Map<string, readonly string[]>): void {
  const ops: string[] = [];
  let name = '';
  reader.message(() => {
    while (reader.next()) {
      if (reader.field === 1) name = reader.text();
      else if (reader.field === 2) ops.push(reader.text());
      else reader.skip();
    }
  });
  inputs.set(name, ops);
}

function readTensor(reader: WireReader): XirTensor {
  const shape: (number | bigint)[] = [];
  const attributes = new Map<string, XirAttribute>();
  let [name, type, bits] = ['', 0, 0];
  reader.message(() => {
    while (reader.next()) {
      if (reader.field === 1) name = reader.text();
      else if (reader.field === 2) reader.intsInto(shape);
      else if (reader.field === 5) type = Number(reader.int());
      else if (reader.field === 6) bits = Number(reader.int());
      else if (reader.field === 10) readAttribute(reader, attributes);
      else reader.skip();
    }
  });
  return { name, shape: shape.map(Number), dataType: xirDataTypes[type] ?? 'UNKNOWN', bits, attributes };
}

function readSubgraph(reader: WireReader): XirSubgraph {
  const [ops, children]: [string[], XirSubgraph[]] = [[], []];
  const attributes = new Map<string, XirAttribute>();
  let name = '';
  reader.message(() => {
    while (reader.next()) {
      if (reader.field === 1) name = reader.text();
      else if (reader.field === 3) ops.push(reader.text());
      else if (reader.field === 5) readAttribute(reader, attributes);
      else if (reader.field === 10 && reader.wire === Wire.bytes) children.push(readSubgraph(reader));
      else reader.skip();
    }
  });
  return { name, ops, attributes, children };
}

/** The bytes of an `.xmodel`, in pieces. Equal graphs give equal bytes: maps keep their order. */
export function encodeXir(graph: XirGraph): Iterable<Payload> {
  const writer = new WireWriter();
  writer.text(1, graph.name);
  for (const op of graph.ops) writer.message(5, () => writeOp(writer, op));
  if (graph.root) writer.message(10, () => writeSubgraph(writer, graph.root!));
  writeAttributes(writer, 11, graph.attributes);
  for (const definition of graph.definitions) writer.raw(definition);
  return writer.chunks();
}

function writeOp(writer: WireWriter, { name, type, attributes, inputs, tensor }: XirOp): void {
  writer.text(1, name);
  writer.text(2, type);
  writeAttributes(writer, 3, attributes);
  for (const [argument, ops] of inputs) {
    writer.message(4, () => {
      writer.text(1, argument);
      for (const op of ops) writer.text(2, op);
    });
  }
  writer.message(5, () => writeTensor(writer, tensor));
}

function writeTensor(writer: WireWriter, { name, shape, dataType, bits, attributes }: XirTensor): void {
  writer.text(1, name);
  if (shape.length) writer.packedInts(2, shape);
  const type = xirDataTypes.indexOf(dataType);
  // A field that is 0 is left out in proto3.
  if (type) writer.int(5, type);
  if (bits) writer.int(6, bits);
  writeAttributes(writer, 10, attributes);
}

function writeSubgraph(writer: WireWriter, { name, ops, attributes, children }: XirSubgraph): void {
  writer.text(1, name);
  for (const op of ops) writer.text(3, op);
  writeAttributes(writer, 5, attributes);
  for (const child of children) writer.message(10, () => writeSubgraph(writer, child));
}

function writeAttributes(writer: WireWriter, field: number, attributes: XirAttributes): void {
  for (const [key, value] of attributes) writeEntry(writer, field, attributeCodec, key, value);
}
