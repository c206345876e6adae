import { rememberMessage } from './as-read.ts';
import type { DataType } from './data-type.ts';
import type { Dim, ValueInfo, ValueType } from './graph.ts';
import type { WireReader } from './wire-reader.ts';

/** Reads a ValueInfoProto from the fields of the present message. */
export function decodeValueInfo(reader: WireReader): ValueInfo {
  const start = reader.offset;
  let name = '';
  let type: ValueType | undefined;
  while (reader.next()) {
    if (reader.field === 1) name = reader.text();
    else if (reader.field === 2) type = reader.message(() => decodeType(reader));
    else reader.skip();
  }
  const info: ValueInfo = { name, type };
  rememberMessage(info, reader.since(start));
  return info;
}

/** Reads a TypeProto. A type that no ONNX version knows is undefined. */
function decodeType(reader: WireReader): ValueType | undefined {
  let type: ValueType | undefined;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        type = reader.message(() => decodeTensorType(reader, 'tensor'));
        break;
      case 8:
        type = reader.message(() => decodeTensorType(reader, 'sparse'));
        break;
      case 4:
        type = { kind: 'sequence', element: reader.message(() => decodeElementType(reader)) };
        break;
      case 9:
        type = { kind: 'optional', element: reader.message(() => decodeElementType(reader)) };
        break;
      case 5:
        type = reader.message(() => decodeMapType(reader));
        break;
      case 7:
        type = { kind: 'opaque' };
        reader.skip();
        break;
      default:
        reader.skip();
    }
  }
  return type;
}

function decodeTensorType(reader: WireReader, kind: 'tensor' | 'sparse'): ValueType {
  let elementType = 0;
  let shape: Dim[] | undefined;
  while (reader.next()) {
    if (reader.field === 1) elementType = reader.uint();
    else if (reader.field === 2) shape = reader.message(() => decodeShape(reader));
    else reader.skip();
  }
  return { kind, elementType: elementType as DataType, shape };
}

function decodeElementType(reader: WireReader): ValueType | undefined {
  let element: ValueType | undefined;
  while (reader.next()) {
    if (reader.field === 1) element = reader.message(() => decodeType(reader));
    else reader.skip();
  }
  return element;
}

function decodeMapType(reader: WireReader): ValueType {
  let keyType = 0;
  let value: ValueType | undefined;
  while (reader.next()) {
    if (reader.field === 1) keyType = reader.uint();
    else if (reader.field === 2) value = reader.message(() => decodeType(reader));
    else reader.skip();
  }
  return { kind: 'map', keyType: keyType as DataType, value };
}

function decodeShape(reader: WireReader): Dim[] {
  const dims: Dim[] = [];
  while (reader.next()) {
    if (reader.field === 1) dims.push(reader.message(() => decodeDim(reader)));
    else reader.skip();
  }
  return dims;
}

/** A negative size is how some exporters write "unknown"; ONNX Runtime reads it so too. */
function decodeDim(reader: WireReader): Dim {
  let dim: Dim = null;
  while (reader.next()) {
    if (reader.field === 1) {
      const size = Number(reader.int());
      dim = size >= 0 ? size : null;
    } else if (reader.field === 2) dim = reader.text() || null;
    else reader.skip();
  }
  return dim;
}
