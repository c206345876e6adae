import { describe, expect, it } from 'vitest';
import { decodeModel, encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType, dataTypeBits } from '../../../src/engine/onnx/data-type.ts';
import { floatAttribute, type Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { WireWriter } from '../../../src/engine/onnx/wire-writer.ts';
import { buildGraph, buildModel } from '../../support/model-builder.ts';

const small = (): Model =>
  buildModel({
    inputs: [{ name: 'x', shape: [1, 'N', null] }],
    outputs: ['y'],
    nodes: [['Custom', ['x', '', 'w'], ['y'], { axis: 1, alpha: floatAttribute(1), mode: 'fast', pads: [0, 1], scales: [0.5, 1.5] }]],
    initializers: { w: Tensor.float32([2], [1, 2]) },
  });
const again = (model: Model): Model => decodeModel(encodeModel(model));

/** A TensorProto with a doc string and a field of the future, in a model. */
function documented(): Model {
  const writer = new WireWriter();
  writer.int(1, 8);
  writer.message(7, () => {
    writer.message(5, () => {
      writer.int(1, 2);
      writer.uint(2, DataType.float32);
      writer.packedInts(4, []);
      writer.bytes(4, Tensor.float32([2], [1, 2]).bytes);
      writer.text(8, 'w');
      writer.text(12, 'about w');
      writer.text(99, 'future');
    });
    writer.message(12, () => writer.text(1, 'w'));
  });
  return decodeModel(Buffer.concat([...writer.chunks()].map((chunk) => chunk as Uint8Array)));
}

describe('models made in code', () => {
  it('are read back as they were made', () => {
    const model = again(small());
    const node = model.graph.nodes[0]!;
    expect([node.name, node.op, node.inputs, node.outputs]).toEqual(['Custom_0', 'Custom', ['x', '', 'w'], ['y']]);
    expect(Object.fromEntries(node.attributes)).toEqual({
      axis: { kind: 'int', value: 1 },
      alpha: { kind: 'float', value: 1 },
      mode: { kind: 'string', value: new TextEncoder().encode('fast') },
      pads: { kind: 'ints', value: [0, 1] },
      scales: { kind: 'floats', value: [0.5, 1.5] },
    });
    expect(model.graph.inputs).toEqual([{ name: 'x', type: { kind: 'tensor', elementType: 1, shape: [1, 'N', null] } }]);
    expect(model.opsets).toEqual(new Map([['', 17]]));
    expect(encodeModel(model)).toEqual(encodeModel(small()));
  });

  it.each(Object.entries(DataType).filter(([name]) => name !== 'undefined'))('hold tensors of %s', (_, type) => {
    const bits = dataTypeBits(type);
    const tensor =
      bits === undefined
        ? Tensor.strings([3], ['a', '', 'c'])
        : new Tensor(type, [3], { kind: 'bytes', bytes: new Uint8Array(Math.ceil((3 * bits) / 8)).fill(0x25) });
    const model = small();
    model.graph.initializers.set('t', tensor);
    const back = again(model).graph.initializers.get('t')!;
    expect([back.type, back.dims, back.source]).toEqual([type, [3], tensor.source]);
  });

  it('hold values of every kind of type', () => {
    const float = { kind: 'tensor', elementType: DataType.float32, shape: [1] } as const;
    const types = [
      float, { kind: 'sparse', elementType: DataType.int8, shape: [4] }, { kind: 'sequence', element: float }, { kind: 'optional', element: float },
      { kind: 'map', keyType: DataType.string, value: float }, { kind: 'opaque' }, { kind: 'tensor', elementType: DataType.float16, shape: undefined },
    ] as const; // prettier-ignore
    const model = small();
    model.graph.inputs = types.map((type, index) => ({ name: `i${index}`, type }));
    expect(again(model).graph.inputs.map((input) => input.type)).toEqual(types);
  });

  it('hold sub-graphs, references and strings', () => {
    const model = small();
    model.graph.nodes[0]!.attributes.set('body', { kind: 'graph', value: buildGraph({ outputs: ['x'], nodes: [] }) });
    model.graph.nodes[0]!.attributes.set('ref', { kind: 'reference', to: 'alpha', type: 1 });
    model.graph.nodes[0]!.attributes.set('names', { kind: 'strings', value: [new TextEncoder().encode('a')] });
    const { attributes } = again(model).graph.nodes[0]!;
    expect(attributes.get('body')).toMatchObject({ kind: 'graph', value: { outputs: [{ name: 'x' }] } });
    expect(attributes.get('ref')).toEqual({ kind: 'reference', to: 'alpha', type: 1 });
    expect(attributes.get('names')).toEqual({ kind: 'strings', value: [new TextEncoder().encode('a')] });
  });
});

describe('models that were read and changed', () => {
  it('keep what was not changed', () => {
    const model = documented();
    model.graph.rename('w', 'weights');
    const text = Buffer.from(encodeModel(model)).toString('latin1');
    expect(text).toContain('about w');
    expect(text).toContain('future');
    const tensor = again(model).graph.initializers.get('weights')!;
    expect(Array.from(tensor.toFloat32())).toEqual([1, 2]);
  });

  it('never write an old form of a changed copy', () => {
    const model = again(small());
    const node = model.graph.nodes[0]!;
    const pads = node.attributes.get('pads')!;
    node.attributes.set('pads', { ...pads, value: [7] } as typeof pads);
    node.attributes.set('moved', node.attributes.get('mode')!);
    node.name = '';
    model.graph.inputs = [{ ...model.graph.inputs[0]!, type: { kind: 'tensor', elementType: 1, shape: [5] } }];
    model.opsets.set('', 18);
    model.metadata.set('key', 'value');
    const back = again(model);
    expect(back.graph.nodes[0]!.ints('pads')).toEqual([7]);
    expect(back.graph.nodes[0]!.string('moved', '')).toBe('fast');
    expect(back.graph.nodes[0]!.name).toBe('');
    expect(back.graph.inputs[0]!.type).toMatchObject({ shape: [5] });
    expect([back.opset, back.metadata.get('key')]).toEqual([18, 'value']);
  });

  it('are refused above the 2 GB of a protobuf message', () => {
    const model = small();
    const source = { kind: 'file', path: 'weights', offset: 0, length: 2 ** 31, external: true } as const;
    model.graph.initializers.set('w', new Tensor(DataType.int8, [2 ** 31], source));
    expect(() => encodeModel(model)).toThrow(expect.objectContaining({ code: 'model.too-large' }));
  });
});

describe('files that are no models', () => {
  it.each([
    ['<!DOCTYPE html><html>', 'web page'],
    ['version https://git-lfs.github.com/spec/v1\n', 'Git LFS'],
    ['PK\x03\x04....', 'ZIP'],
    ['\x80\x04\x95....', 'pickle'],
    ['....TFL3....', 'TensorFlow Lite'],
    ['\x89HDF\r\n\x1a\n', 'HDF5'],
  ])('%j is called what it is', (head, name) => {
    expect(() => decodeModel(Buffer.from(head, 'latin1'), 'm.onnx')).toThrow(
      expect.objectContaining({
        code: 'model.not-onnx',
        message: expect.stringContaining(name),
        place: expect.objectContaining({ file: 'm.onnx', hint: expect.any(String) }),
      }),
    );
  });
});
