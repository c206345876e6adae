import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeModel, encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType, type DataTypeName } from '../../../src/engine/onnx/data-type.ts';
import { loadTensor, scanModel } from '../../../src/engine/onnx/scan.ts';
import type { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { normalForm, shuffledFields } from '../../support/proto.ts';
import { seededRandom } from '../../../src/engine/base/random.ts';

const folder = path.join(import.meta.dirname, 'files');
const read = (name: string): Uint8Array => readFileSync(path.join(folder, name));

interface Expected {
  readonly type: string;
  readonly dims: number[];
  readonly values: (number | string)[] | null;
}

const expected = JSON.parse(readFileSync(path.join(folder, 'tensor-types.json'), 'utf8')) as Record<string, Expected>;
const ourName = (name: string): DataTypeName => (({ float: 'float32', double: 'float64' })[name] ?? name) as DataTypeName;

function valuesOf(tensor: Tensor): (number | string)[] {
  if (tensor.source.kind === 'strings') return tensor.source.strings.map((bytes) => new TextDecoder().decode(bytes));
  if (tensor.type === DataType.int64 || tensor.type === DataType.uint64) return Array.from(tensor.typed() as BigInt64Array, String);
  return Array.from(tensor.toFloat64());
}

const wanted = (values: readonly (number | string)[]): (number | string)[] =>
  values.map((value) => ({ nan: NaN, inf: Infinity, '-inf': -Infinity })[value as string] ?? value);

describe('tensors written by the onnx package', () => {
  const model = decodeModel(read('tensor-types.onnx'));

  it.each(Object.keys(expected))('%s', (name) => {
    const tensor = model.graph.initializers.get(name)!;
    const { type, dims, values } = expected[name]!;
    expect(tensor.type).toBe(DataType[ourName(type)]);
    expect(tensor.dims).toEqual(dims);
    if (values) expect(valuesOf(tensor)).toEqual(wanted(values));
  });

  it('hold the same bytes in every form', () => {
    for (const name of Object.keys(expected).filter((key) => key.endsWith('_raw'))) {
      const typed = model.graph.initializers.get(name.replace('_raw', '_typed'))!;
      expect(typed.bytes, name).toEqual(model.graph.initializers.get(name)!.bytes);
    }
  });

  it('are the same after a light scan', async () => {
    const scanned = await scanModel(path.join(folder, 'tensor-types.onnx'));
    for (const [name, tensor] of scanned.graph.initializers) {
      const whole = model.graph.initializers.get(name)!;
      if (whole.source.kind === 'bytes') expect((await loadTensor(tensor)).bytes, name).toEqual(whole.bytes);
    }
  });
});

describe.each(['tensor-types.onnx', 'everything.onnx'])('%s', (name) => {
  const bytes = read(name);

  it('comes out byte for byte', () => {
    expect(Buffer.compare(encodeModel(decodeModel(bytes)), bytes)).toBe(0);
  });

  it('comes out byte for byte from a light scan', async () => {
    expect(Buffer.compare(encodeModel(await scanModel(path.join(folder, name))), bytes)).toBe(0);
  });

  it('keeps its content when its fields come in another order', () => {
    for (let seed = 0; seed < 20; seed++) {
      const shuffled = shuffledFields(bytes, seededRandom(seed));
      expect(Buffer.compare(shuffled, bytes)).not.toBe(0);
      expect(normalForm(encodeModel(decodeModel(shuffled)))).toEqual(normalForm(bytes));
    }
  });

  it('keeps fields that no ONNX version knows', () => {
    const extended = Buffer.concat([bytes, Buffer.from([0xf8, 0x3f, 0x2a]), Buffer.from([0xfa, 0x40, 0x02, 0x01, 0x02])]);
    expect(Buffer.compare(encodeModel(decodeModel(extended)), extended)).toBe(0);
  });
});

describe('everything.onnx', () => {
  const model = decodeModel(read('everything.onnx'));

  it('is read with all its parts', () => {
    const { graph } = model;
    expect(graph.nodes.map((node) => node.qualifiedOp)).toEqual(['If', 'Loop', 'Constant', 'local.kinds::Kinds', 'local::Twice']);
    expect(model.functions[0]).toMatchObject({ name: 'Twice', domain: 'local', overload: 'v2', attributeNames: ['kind'] });
    expect(model.functions[0]!.attributeDefaults.get('gain')).toEqual({ kind: 'float', value: 1 });
    expect(model.functions[0]!.body.nodes[0]!.attributes.get('value_float')).toEqual({ kind: 'reference', to: 'gain', type: 1 });
    expect(graph.inputs.map((input) => input.type?.kind)).toEqual(['tensor', 'tensor', 'sequence', 'tensor', 'map', 'optional']);
    expect(graph.inputs[0]!.type).toEqual({ kind: 'tensor', elementType: DataType.float32, shape: ['N', 4] });
    expect(model.modelVersion).toBe(2 ** 40);
    expect(model.metadata).toEqual(new Map([['key', 'value'], ['empty', '']])); // prettier-ignore
  });

  it('has attributes of every kind', () => {
    const { attributes } = model.graph.nodes[3]!;
    const kinds = Object.fromEntries([...attributes].map(([name, attribute]) => [name, attribute.kind]));
    expect(kinds).toEqual({
      f: 'float', i: 'int', s: 'string', floats: 'floats', ints: 'ints', strings: 'strings', sparse: 'sparse', type: 'other', types: 'other',
      tensors: 'tensors', graphs: 'graphs', sparses: 'other',
    }); // prettier-ignore
    expect(attributes.get('i')).toEqual({ kind: 'int', value: -(2n ** 63n) });
    expect(attributes.get('ints')).toEqual({ kind: 'ints', value: [1, -1, 2n ** 60n] });
  });

  it('has sparse constants as dense tensors', () => {
    const values = (name: string): number[] => Array.from(model.graph.initializers.get(name)!.toFloat64());
    expect(values('linear')).toEqual([0, 1, 0, 0, 0, 2]);
    expect(values('coordinates')).toEqual([0, 1, 0, 0, 0, 2]);
  });
});
