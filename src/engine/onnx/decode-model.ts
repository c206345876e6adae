import { LatheError } from '../base/errors.ts';
import { addNode, decodeAttribute, decodeGraph, decodeNode } from './decode-graph.ts';
import { type DecodeOptions, decodeEntry } from './decode-tensor.ts';
import { decodeValueInfo } from './decode-type.ts';
import { Graph, Model, type ModelFunction, type StoredAttribute } from './graph.ts';
import { foreignFormat } from './foreign-format.ts';
import { type ByteSource, Weight, WireReader } from './wire-reader.ts';

/**
 * Reads a ModelProto. Throws LatheError `model.empty`, `model.not-onnx`, `model.truncated`, `model.damaged`, `model.no-graph` …
 * with the byte offset; never reads outside the source.
 */
export function decodeModelFrom(source: ByteSource, options: DecodeOptions): Model {
  const file = options.path;
  if (source.size === 0) throw new LatheError('model.empty', 'the file is empty', { file, offset: 0 });
  const foreign = foreignFormat(source.read(0, Math.min(source.size, 256)));
  if (foreign)
    throw new LatheError('model.not-onnx', `this is not an ONNX model: ${foreign.what}`, { file, offset: 0, hint: foreign.hint });
  const reader = new WireReader(source, file);
  const model = new Model();
  model.irVersion = 0;
  model.path = file;
  const hasGraph = decodeFields(reader, model, options);
  if (!hasGraph) throw new LatheError('model.no-graph', 'the file has no graph, so it is no ONNX model', { file, offset: source.size });
  return model;
}

/** Reads the fields of the ModelProto; false when it has no graph. */
function decodeFields(reader: WireReader, model: Model, options: DecodeOptions): boolean {
  const rest: Uint8Array[] = [];
  let hasGraph = false;
  let isModel = false;
  try {
    while (reader.next()) {
      if (reader.field === 7) {
        if (hasGraph) reader.fail('model.damaged', 'a second graph begins here');
        hasGraph = true;
        model.graph = reader.message(() => decodeGraph(reader, options));
      } else decodeModelField(reader, model, rest, options);
      isModel = true;
    }
  } catch (error) {
    // What breaks in its first field, before any graph, was no model in the first place.
    if (isModel || hasGraph || !(error instanceof LatheError)) throw error;
    throw new LatheError('model.not-onnx', `this is not an ONNX model: ${error.message}`, error.place);
  }
  model.rest = rest;
  return hasGraph;
}

function decodeModelField(reader: WireReader, model: Model, rest: Uint8Array[], options: DecodeOptions): void {
  const keep = (): void => void rest.push(reader.lastField());
  const text = (): string => {
    const value = reader.text();
    if (value === '') keep();
    return value;
  };
  const number = (): number => {
    const value = Number(reader.int());
    if (value === 0) keep();
    return value;
  };
  switch (reader.field) {
    case 1:
      model.irVersion = number();
      break;
    case 2:
      model.producerName = text();
      break;
    case 3:
      model.producerVersion = text();
      break;
    case 4:
      model.domain = text();
      break;
    case 5:
      model.modelVersion = number();
      break;
    case 6:
      model.docString = text();
      break;
    case 8: {
      const [domain, version] = reader.message(() => decodeOperatorSet(reader));
      if (model.opsets.has(domain)) keep();
      else {
        model.opsets.set(domain, version);
        model.entries.set(`8:${domain}`, reader.lastField());
      }
      break;
    }
    case 14: {
      const [key, value] = reader.message(() => decodeEntry(reader));
      if (model.metadata.has(key)) keep();
      else {
        model.metadata.set(key, value);
        model.entries.set(`14:${key}`, reader.lastField());
      }
      break;
    }
    case 25:
      model.functions.push(reader.message(() => decodeFunction(reader, options), Weight.node));
      break;
    default:
      reader.skip();
      keep();
  }
}

/** Reads an OperatorSetIdProto. */
export function decodeOperatorSet(reader: WireReader): [domain: string, version: number] {
  let domain = '';
  let version = 0;
  while (reader.next()) {
    if (reader.field === 1) domain = reader.text();
    else if (reader.field === 2) version = Number(reader.int());
    else reader.skip();
  }
  return [domain, version];
}

/** Reads a FunctionProto. */
function decodeFunction(reader: WireReader, options: DecodeOptions): ModelFunction {
  const body = new Graph();
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributeNames: string[] = [];
  const attributeDefaults = new Map<string, StoredAttribute>();
  const opsets = new Map<string, number>();
  const rest: Uint8Array[] = [];
  let [name, domain, overload] = ['', '', ''];
  const text = (): string => {
    const value = reader.text();
    if (value === '') rest.push(reader.lastField());
    return value;
  };
  while (reader.next()) {
    const start = reader.offset;
    switch (reader.field) {
      case 1:
        name = text();
        break;
      case 4:
        inputs.push(reader.text());
        break;
      case 5:
        outputs.push(reader.text());
        break;
      case 6:
        attributeNames.push(reader.text());
        break;
      case 7: {
        const node = reader.message(() => decodeNode(reader, options), Weight.node);
        addNode(reader, body, node, start);
        break;
      }
      case 9: {
        const [setDomain, version] = reader.message(() => decodeOperatorSet(reader));
        opsets.set(setDomain, version);
        break;
      }
      case 10:
        domain = text();
        break;
      case 11: {
        const [key, attribute] = reader.message(() => decodeAttribute(reader, options), Weight.attribute);
        attributeDefaults.set(key, attribute);
        break;
      }
      case 12: {
        const info = reader.message(() => decodeValueInfo(reader), Weight.valueInfo);
        body.valueInfo.set(info.name, info);
        break;
      }
      case 13:
        overload = text();
        break;
      default:
        rest.push(reader.raw());
    }
  }
  body.name = name;
  body.inputs = inputs.map((input) => ({ name: input }));
  body.outputs = outputs.map((output) => ({ name: output }));
  return { name, domain, overload, body, attributeNames, attributeDefaults, opsets, rest };
}
