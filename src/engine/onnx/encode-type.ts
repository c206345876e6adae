import { rememberedMessage } from './as-read.ts';
import type { Dim, ValueInfo, ValueType } from './graph.ts';
import type { WireWriter } from './wire-writer.ts';

/** Writes a ValueInfoProto. */
export function encodeValueInfo(writer: WireWriter, field: number, info: ValueInfo): void {
  const message = rememberedMessage(info);
  if (message) {
    writer.bytes(field, message);
    return;
  }
  const { name, type } = info;
  writer.message(field, () => {
    writer.text(1, name);
    if (type) writer.message(2, () => encodeType(writer, type));
  });
}

function encodeType(writer: WireWriter, type: ValueType): void {
  switch (type.kind) {
    case 'tensor':
      writer.message(1, () => encodeTensorType(writer, type.elementType, type.shape));
      break;
    case 'sparse':
      writer.message(8, () => encodeTensorType(writer, type.elementType, type.shape));
      break;
    case 'sequence':
    case 'optional':
      writer.message(type.kind === 'sequence' ? 4 : 9, () => {
        const { element } = type;
        if (element) writer.message(1, () => encodeType(writer, element));
      });
      break;
    case 'map':
      writer.message(5, () => {
        const { value } = type;
        writer.uint(1, type.keyType);
        if (value) writer.message(2, () => encodeType(writer, value));
      });
      break;
    case 'opaque':
      writer.message(7, () => {});
  }
}

function encodeTensorType(writer: WireWriter, elementType: number, shape: readonly Dim[] | undefined): void {
  writer.uint(1, elementType);
  if (!shape) return;
  writer.message(2, () => {
    for (const dim of shape) {
      writer.message(1, () => {
        if (typeof dim === 'number') writer.int(1, dim);
        else if (dim !== null) writer.text(2, dim);
      });
    }
  });
}
