import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { readContainer } from '../../../src/engine/containers/index.ts';
import { WireWriter } from '../../../src/engine/onnx/wire-writer.ts';
import { ContainerReader } from '../../../src/extension/editor/container-view.ts';
import { itWithZoo } from '../../support/zoo.ts';

const joined = (writer: WireWriter): Buffer => Buffer.concat([...writer.chunks()] as Uint8Array[]);

/** A pad: name, height, width, channels, bytes of an element. */
type Pad = readonly [name: string, height: number, width: number, features: number, type: number];

/** A Hailo executable with a network on the chip and boxes behind it (HailoRT 4.23, hef.proto). */
function hef({ version = 1, chip = 3 } = {}): Uint8Array {
  const graph = new WireWriter();
  const pad = (field: number, [name, height, width, features, type]: Pad): void =>
    graph.message(field, () => {
      graph.text(2, name);
      graph.message(6, () => void [[1, height], [3, width], [5, features]].forEach(([at, value]) => graph.int(at!, value!))); // prettier-ignore
      graph.int(8, type);
    });
  graph.message(1, () => {
    graph.int(1, chip);
    graph.int(2, 1_700_000_000);
    graph.text(3, '3.27.0');
  });
  graph.message(2, () => {
    graph.message(8, () => {
      graph.text(1, 'core');
      pad(2, ['input', 640, 640, 3, 1]);
      pad(3, ['heads', 80, 80, 64, 1]);
      graph.message(4, () => {
        graph.message(1, () => graph.text(1, 'yolo'));
        graph.message(3, () => graph.int(1, 0));
        graph.message(3, () => graph.int(1, 1));
        graph.text(6, 'yolo/net');
      });
    });
    graph.message(8, () => {
      graph.text(1, 'nms');
      pad(2, ['heads', 80, 80, 64, 1]);
      pad(3, ['boxes', 0, 0, 0, 0]);
      graph.message(5, () => graph.int(4, 80));
    });
  });
  const body = joined(graph);
  const head = Buffer.alloc({ 0: 32, 1: 28, 2: 44, 3: 56 }[version] ?? 12);
  head.writeUInt32BE(0x01484546, 0);
  head.writeUInt32BE(version, 4);
  head.writeUInt32BE(body.length, 8);
  return new Uint8Array(Buffer.concat([head, body, Buffer.alloc(100)]));
}

const view = (bytes: Uint8Array, name: string): ContainerReader => new ContainerReader(readContainer(bytes, name), name);
const code = (bytes: Uint8Array, name: string): string => {
  try {
    view(bytes, name);
    return '';
  } catch (error) {
    return error instanceof LatheError ? error.code : String(error);
  }
};

describe('Hailo executables', () => {
  it.each([0, 1, 2, 3])('of version %d say chip, compiler, networks and ends', (version) => {
    const reader = view(hef({ version }), 'net.hef');
    const model = reader.view();
    expect(model).toMatchObject({ format: `Hailo executable, version ${version}`, producer: 'Hailo Dataflow Compiler 3.27.0' });
    expect(Object.fromEntries(model.metadata)).toMatchObject({
      Chip: 'Hailo-8L',
      Made: '2023-11-14T22:13:20.000Z',
      'Network group': 'yolo, 2 contexts: it is loaded in parts',
      Network: 'yolo/net',
    });
    expect(model.inputs).toEqual([{ name: 'input', type: 'uint8', shape: [640, 640, 3] }]);
    expect(model.outputs).toEqual([{ name: 'boxes', type: 'unknown', shape: null }]);
    expect(reader.drawable().edges.map(({ from, to }) => [from, to])).toEqual([[2, 0], [0, 1], [1, 3]]); // prettier-ignore
    expect(reader.detail(1)).toMatchObject({ op: 'boxes on the host', inputs: [{ name: 'heads', links: [{ node: 0 }] }] });
  });

  it('that are none, newer or cut are refused', () => {
    expect(code(new Uint8Array(64), 'x.hef')).toBe('container.hef');
    expect(code(hef({ version: 9 }), 'x.hef')).toBe('container.hef');
    expect(code(hef().subarray(0, 60), 'x.hef')).toBe('model.truncated');
  });
});

describe('models of ESP-DL', () => {
  const espdl = (kind: string, encrypted: number, length: number, body: readonly number[] = []): Uint8Array => {
    const head = Buffer.alloc(16);
    head.write(kind, 'latin1');
    head.writeUInt32LE(encrypted, 4);
    head.writeUInt32LE(length, 8);
    return new Uint8Array(Buffer.concat([head, Buffer.from(body)]));
  };

  it.each([
    ['of another kind', espdl('NOPE', 0, 0), 'container.espdl'],
    ['packed together', espdl('PDL1', 0, 0), 'container.espdl'],
    ['encrypted', espdl('EDL2', 1, 0), 'container.espdl'],
    ['cut', espdl('EDL2', 0, 100, [1, 2, 3]), 'model.truncated'],
    ['with offsets that lead nowhere', espdl('EDL2', 0, 8, [255, 255, 255, 127, 0, 0, 0, 0]), 'container.damaged'],
    ['without a graph', espdl('EDL2', 0, 12, [8, 0, 0, 0, 4, 0, 4, 0, 4, 0, 0, 0]), 'container.espdl'],
  ])('%s are refused', (_, bytes, expected) => expect(code(bytes, 'x.espdl')).toBe(expected));

  itWithZoo('are drawn with their exponents', (zoo) => {
    const reader = view(new Uint8Array(readFileSync(path.join(zoo, 'vitis/model_s3.espdl'))), 'model.espdl');
    const model = reader.view();
    expect(model.layers.map(({ name, op, parameters }) => [name, op, parameters])).toEqual([
      ['/fc1/Gemm', 'Gemm', 128],
      ['/fc2/Gemm', 'Gemm', 4160],
      ['/fc3/Gemm', 'Gemm', 65],
    ]);
    expect(model.inputs).toEqual([{ name: 'onnx::Gemm_0', type: 'int8, exponent -4', shape: [1, 1] }]);
    expect(reader.drawable().edges).toHaveLength(4);
    expect(reader.detail(1).inputs[1]).toMatchObject({ kind: 'constant', type: 'int8, exponent -7', bytes: 4096 });
  });

  itWithZoo('and others with any bytes changed are shown or refused in words', (zoo) => {
    const files = [[hef(), 'x.hef'], [new Uint8Array(readFileSync(path.join(zoo, 'vitis/model_s3.espdl'))), 'x.espdl']] as const; // prettier-ignore
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 });
    const property = fc.property(fc.constantFrom(...files), changes, ([whole, name], changed) => {
      const bytes = whole.slice();
      // Mostly in the head, where offsets stand.
      for (const [at, value] of changed) bytes[at % (value % 2 ? 400 : bytes.length)] = value;
      expect(code(bytes, name)).toMatch(/^$|^(container|model|file)\./);
    });
    fc.assert(property, { numRuns: 500, seed: 4 });
  });
});
