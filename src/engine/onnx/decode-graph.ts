import { LatheError } from '../base/errors.ts';
import { rememberMessage } from './as-read.ts';
import { type DecodeOptions, type NamedTensor, decodeSparseTensor, decodeTensor, joinBytes } from './decode-tensor.ts';
import { decodeValueInfo } from './decode-type.ts';
import { type Attribute, Graph, Node, type StoredAttribute, type ValueInfo } from './graph.ts';
import type { Tensor } from './tensor.ts';
import { Weight, type WireReader } from './wire-reader.ts';

/** Numbers of AttributeProto.type, by our kind. */
export const AttributeType = {
  float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8, tensors: 9, graphs: 10, sparse: 11,
} as const; // prettier-ignore

/** Reads a GraphProto from the fields of the present message. */
export function decodeGraph(reader: WireReader, options: DecodeOptions): Graph {
  const graph = new Graph();
  const rest: Uint8Array[] = [];
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];
  while (reader.next()) {
    const start = reader.offset;
    switch (reader.field) {
      case 1:
        addNode(
          reader,
          graph,
          reader.message(() => decodeNode(reader, options), Weight.node),
          start,
        );
        break;
      case 2:
        graph.name = reader.text();
        if (graph.name === '') rest.push(reader.lastField());
        break;
      case 5:
        addInitializer(
          reader,
          graph,
          reader.message(() => decodeTensor(reader, options), Weight.tensor),
          start,
        );
        break;
      case 15:
        addInitializer(
          reader,
          graph,
          reader.message(() => decodeSparseTensor(reader, options), Weight.tensor),
          start,
        );
        break;
      case 11:
        inputs.push(reader.message(() => decodeValueInfo(reader), Weight.valueInfo));
        break;
      case 12:
        outputs.push(reader.message(() => decodeValueInfo(reader), Weight.valueInfo));
        break;
      case 13: {
        const info = reader.message(() => decodeValueInfo(reader), Weight.valueInfo);
        if (graph.valueInfo.has(info.name)) rest.push(reader.lastField());
        else graph.valueInfo.set(info.name, info);
        break;
      }
      default:
        rest.push(reader.raw());
    }
  }
  graph.inputs = inputs;
  graph.outputs = outputs;
  graph.rest = rest;
  return graph;
}

/** Adds a node read from the file; a value made twice is an error with its place in the file. */
export function addNode(reader: WireReader, graph: Graph, node: Node, offset: number): void {
  try {
    graph.add(node);
  } catch (error) {
    if (!(error instanceof LatheError)) throw error;
    throw new LatheError(error.code, error.message, { ...error.place, file: reader.file, offset });
  }
}

function addInitializer(reader: WireReader, graph: Graph, { name, tensor }: NamedTensor, offset: number): void {
  if (graph.initializers.has(name)) reader.fail('graph.duplicate-value', `two initializers have the name ${JSON.stringify(name)}`, offset);
  graph.initializers.set(name, tensor);
}

/** Reads a NodeProto. */
export function decodeNode(reader: WireReader, options: DecodeOptions): Node {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, StoredAttribute>();
  const rest: Uint8Array[] = [];
  let name = '';
  let op = '';
  let domain = '';
  let overload = '';
  const text = (): string => {
    const value = reader.text();
    // The graph has no way to tell an empty name from none; the file has.
    if (value === '') rest.push(reader.lastField());
    return value;
  };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        inputs.push(reader.text());
        break;
      case 2:
        outputs.push(reader.text());
        break;
      case 3:
        name = text();
        break;
      case 4:
        op = text();
        break;
      case 5: {
        const [key, attribute] = reader.message(() => decodeAttribute(reader, options), Weight.attribute);
        if (attributes.has(key)) rest.push(reader.lastField());
        else attributes.set(key, attribute);
        break;
      }
      case 7:
        domain = text();
        break;
      case 8:
        overload = text();
        break;
      default:
        rest.push(reader.raw());
    }
  }
  const node = new Node(name, op, inputs, outputs, attributes, domain, overload);
  if (rest.length) node.rest = rest;
  return node;
}

/** Fields of AttributeProto with tensors and graphs. */
const partFields: ReadonlySet<number> = new Set([5, 6, 10, 11]);

/** Kinds of which only the other fields are remembered as read. */
export const holdsParts = ({ kind }: StoredAttribute): boolean =>
  kind === 'graph' || kind === 'graphs' || kind === 'tensor' || kind === 'tensors';

/** What an AttributeProto said, before its type is looked at. */
interface AttributeParts {
  type: number;
  reference: string;
  float: number;
  int: number | bigint;
  string: Uint8Array;
  tensor?: Tensor;
  graph?: Graph;
  sparse?: Tensor;
  floats: number[];
  ints: (number | bigint)[];
  strings: Uint8Array[];
  tensors: Tensor[];
  graphs: Graph[];
}

/** The type that a field of AttributeProto implies; files before IR version 3 do not say it. */
const impliedType: Readonly<Record<number, number>> = {
  2: 1,
  3: 2,
  4: 3,
  5: 4,
  6: 5,
  7: 6,
  8: 7,
  9: 8,
  10: 9,
  11: 10,
  22: 11,
  14: 13,
  15: 14,
  23: 12,
};

/** Reads an AttributeProto. */
export function decodeAttribute(reader: WireReader, options: DecodeOptions): [name: string, attribute: StoredAttribute] {
  const start = reader.offset;
  let name = '';
  let implied = 0;
  const parts: AttributeParts = {
    type: 0, reference: '', float: 0, int: 0, string: new Uint8Array(0), floats: [], ints: [], strings: [], tensors: [], graphs: [],
  }; // prettier-ignore
  /** Where the fields lie that hold neither graphs, which may change, nor tensors, which may stay in the file. */
  const plain: [start: number, end: number][] = [];
  for (let at = start; reader.next(); at = reader.offset) {
    implied ||= impliedType[reader.field] ?? 0;
    if (reader.field === 1) name = reader.text();
    else decodeAttributeField(reader, options, parts);
    if (!partFields.has(reader.field)) plain.push([at, reader.offset]);
  }
  const attribute = attributeOf(reader, parts, parts.type || implied, start, name);
  if (holdsParts(attribute)) rememberMessage(attribute, joinBytes(plain.map(([from, to]) => reader.between(from, to))));
  else if (attribute.kind !== 'other') rememberMessage(attribute, reader.since(start));
  return [name, attribute];
}

function decodeAttributeField(reader: WireReader, options: DecodeOptions, parts: AttributeParts): void {
  switch (reader.field) {
    case 2:
      parts.float = reader.float();
      break;
    case 3:
      parts.int = reader.int();
      break;
    case 4:
      parts.string = reader.bytes();
      break;
    case 5:
      parts.tensor = reader.message(() => decodeTensor(reader, options), Weight.tensor).tensor;
      break;
    case 6:
      parts.graph = reader.message(() => decodeGraph(reader, options));
      break;
    case 7:
      reader.floatsInto(parts.floats);
      break;
    case 8:
      reader.intsInto(parts.ints);
      break;
    case 9:
      parts.strings.push(reader.bytes());
      break;
    case 10:
      parts.tensors.push(reader.message(() => decodeTensor(reader, options), Weight.tensor).tensor);
      break;
    case 11:
      parts.graphs.push(reader.message(() => decodeGraph(reader, options)));
      break;
    case 20:
      parts.type = reader.uint();
      break;
    case 21:
      parts.reference = reader.text();
      break;
    case 22:
      parts.sparse = reader.message(() => decodeSparseTensor(reader, options), Weight.tensor).tensor;
      break;
    default:
      reader.skip();
  }
}

function attributeOf(reader: WireReader, parts: AttributeParts, type: number, start: number, name: string): Attribute {
  if (parts.reference !== '') return { kind: 'reference', to: parts.reference, type };
  const present = <T>(value: T | undefined, what: string): T =>
    value ?? reader.fail('model.damaged', `the attribute ${JSON.stringify(name)} has no ${what}`, start);
  switch (type) {
    case AttributeType.float:
      return { kind: 'float', value: parts.float };
    case AttributeType.int:
      return { kind: 'int', value: parts.int };
    case AttributeType.string:
      return { kind: 'string', value: parts.string };
    case AttributeType.tensor:
      return { kind: 'tensor', value: present(parts.tensor, 'tensor') };
    case AttributeType.graph:
      return { kind: 'graph', value: present(parts.graph, 'graph') };
    case AttributeType.floats:
      return { kind: 'floats', value: parts.floats };
    case AttributeType.ints:
      return { kind: 'ints', value: parts.ints };
    case AttributeType.strings:
      return { kind: 'strings', value: parts.strings };
    case AttributeType.tensors:
      return { kind: 'tensors', value: parts.tensors };
    case AttributeType.graphs:
      return { kind: 'graphs', value: parts.graphs };
    case AttributeType.sparse:
      return { kind: 'sparse', value: present(parts.sparse, 'sparse tensor') };
    default:
      return { kind: 'other', type, message: reader.since(start) };
  }
}
