import { LatheError } from '../base/errors.ts';
import type { ByteSource } from '../onnx/wire-reader.ts';
import type { ValueView } from '../../protocol/view.ts';
import type { Container } from './container.ts';
import { FlatTable } from './flatbuffers.ts';

/** The flash of an ESP32 holds 32 MB at most. */
const largestFile = 128 * 2 ** 20;
/** "EDL2", whether it is encrypted, length, padding (esp-dl, fbs_loader). */
const headBytes = 16;

/** TensorDataType and the bytes of an element (esp-dl, espdl.fbs). */
const types: readonly (readonly [name: string, bytes: number])[] = [
  ['unknown', 0],
  ['float32', 4],
  ['uint8', 1],
  ['int8', 1],
  ['uint16', 2],
  ['int16', 2],
  ['int32', 4],
  ['int64', 8],
  ['string', 0],
  ['bool', 1],
  ['float16', 2],
  ['float64', 8],
  ['uint32', 4],
  ['uint64', 8],
];

/** Reads a model of ESP-DL: its graph, with the exponents that its integers stand for. Throws LatheError `container.espdl`, `container.damaged`. */
export function readEspdl(source: ByteSource, file?: string): Container {
  const head = Uint8Array.from(source.read(0, Math.min(headBytes, source.size)));
  const kind = new TextDecoder('latin1').decode(head.subarray(0, 4));
  if (kind === 'PDL1') throw new LatheError('container.espdl', 'it is a package of several models, which is not looked into', { file, hint: 'Open the .espdl files that it was packed from.' }); // prettier-ignore
  if (kind !== 'EDL1' && kind !== 'EDL2')
    throw new LatheError('container.espdl', 'this is no model of ESP-DL: its first bytes are others', { file });
  if (source.size > largestFile)
    throw new LatheError('container.espdl', `it has ${source.size} bytes, more than the flash of any ESP32`, { file });
  if (head.length < headBytes) throw new LatheError('model.truncated', 'the file ends within its head', { file });
  const view = new DataView(head.buffer);
  if (view.getUint32(4, true) !== 0) throw new LatheError('container.espdl', 'it is encrypted, so only the chip can read it', { file });
  const length = view.getUint32(8, true);
  if (headBytes + length > source.size) throw new LatheError('model.truncated', `the file ends too early: ${headBytes + length} bytes are announced, it has ${source.size}`, { file }); // prettier-ignore
  const model = FlatTable.root(readWhole(source, headBytes, length), file);
  return containerOf(model, kind, source.size, file);
}

function readWhole(source: ByteSource, start: number, length: number): Uint8Array {
  const all = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const piece = source.read(start + done, length - done);
    if (piece.length === 0) throw new LatheError('model.truncated', 'the file became shorter while it was read');
    all.set(piece, done);
    done += piece.length;
  }
  return all;
}

function containerOf(model: FlatTable, kind: string, bytes: number, file: string | undefined): Container {
  const graph = model.table(7);
  if (!graph) throw new LatheError('container.espdl', 'there is no graph in it', { file });
  const stored = new Map(graph.tables(2).map((tensor) => storedTensor(tensor)).map((one) => [one.name, one] as const)); // prettier-ignore
  const [inputs, outputs, inner] = [graph.tables(4), graph.tables(5), graph.tables(6)].map((list) => list.map(valueOf)) as [ValueView[], ValueView[], ValueView[]]; // prettier-ignore
  const test = graph.length(8, 4);
  return {
    format: `ESP-DL model (${kind})`,
    producer: `${model.text(2)} ${model.text(3)}`.trim(),
    bytes,
    facts: [
      ['Chip', 'an ESP32; which one is not stored, weights are in the order that one of them wants'],
      ...(graph.text(1) ? [['Graph', graph.text(1)] as const] : []),
      ...model.tables(1).map((set) => ['Operator set', `${set.text(0) || 'ai.onnx'} ${set.int64(1)}`] as const),
      ...model.tables(8).map((entry) => [entry.text(0), entry.text(1)] as const),
      ...(test > 0 ? [['Test values', `${test} inputs, ${graph.length(9, 4)} outputs, for model->test()`] as const] : []),
    ],
    inputs: inputs.filter(({ name }) => !stored.has(name)),
    outputs,
    nodes: graph.tables(0).map((node) => {
      const op = node.text(3);
      return {
        name: node.text(2) || node.texts(1)[0] || op,
        op,

        inputs: node.texts(0),
        outputs: node.texts(1),
      };
    }),
    values: new Map([...inner, ...inputs, ...outputs].map((value) => [value.name, value])),
    stored,
    findings: [],
  };
}

const typeName = (type: number): string => types[type]?.[0] ?? 'unknown';
/** "int8, exponent −7": a step is two to the power of it. */
const typed = (type: number, exponents: readonly number[]): string =>
  exponents.length === 0 ? typeName(type) : `${typeName(type)}, exponent ${exponents.length === 1 ? exponents[0] : `by channel, ${Math.min(...exponents.slice(0, 4096))} …`}`; // prettier-ignore

function valueOf(value: FlatTable): ValueView {
  const info = value.table(1);
  // TypeInfoValue: 1 is a tensor; its table is behind the number.
  const tensor = info?.uint8(0) === 1 ? info.table(1) : undefined;
  const shape = tensor
    ?.table(1)
    ?.tables(0)
    .map((dim) => {
      const size = dim.table(0);
      return size?.uint8(0) === 1 ? size.int64(1) : size?.uint8(0) === 2 ? size.text(2) : null;
    });
  return { name: value.text(0), type: tensor ? typed(tensor.int32(0), value.int64s(3)) : 'unknown', shape: shape ?? null };
}

function storedTensor(tensor: FlatTable): ValueView & { bytes: number } {
  const shape = tensor.int64s(0);
  const type = tensor.int32(1);
  const wanted = shape.reduce((product, dim) => product * dim, 1) * (types[type]?.[1] ?? 0);
  // Stored in pieces of 16 bytes, or by themselves.
  const bytes = 16 * tensor.length(8, 16);
  return {
    name: tensor.text(6),
    type: typed(type, tensor.int64s(13)),
    shape,
    bytes: bytes || (Number.isSafeInteger(wanted) && wanted > 0 ? wanted : 0),
  };
}
