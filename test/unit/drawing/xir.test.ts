import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { WireWriter } from '../../../src/engine/onnx/wire-writer.ts';
import { XirBuilder } from '../../../src/engine/xir/builder.ts';
import { encodeXir } from '../../../src/engine/xir/codec.ts';
import { decodeFingerprint } from '../../../src/engine/xir/fingerprint.ts';
import type { XirAttribute, XirGraph, XirOp, XirSubgraph } from '../../../src/engine/xir/graph.ts';
import { readXir, scanXir } from '../../../src/engine/xir/scan.ts';
import { XirReader } from '../../../src/extension/editor/xir-view.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'lathe-xir-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bytesOf = (graph: XirGraph): Uint8Array => new Uint8Array(Buffer.concat([...encodeXir(graph)] as Uint8Array[]));
const open = (graph: XirGraph): XirReader => new XirReader(readXir(bytesOf(graph)), 'model.xmodel');
const reading = { signal: new AbortController().signal, progress: () => undefined, pause: async () => undefined };

/** A convolution with its activation, as a quantizer writes it. */
function quantized(): XirGraph {
  const builder = new XirBuilder('net');
  const x = builder.fix(builder.data('x', [1, 8, 8, 2]), 5, 8);
  const weights = builder.parameter('w', [3, 3, 3, 2], new Float32Array(54).map((_, i) => (i - 27) / 64), 6); // prettier-ignore
  const attributes = { kernel: [3, 3], stride: [1, 1], pad_mode: 'FLOOR', pad: [1, 1, 1, 1], dilation: [1, 1], group: 1 };
  const conv = builder.op('conv2d', 'conv', { input: [x], weights: [weights] }, [1, 8, 8, 3], attributes);
  return builder.graph([builder.fix(builder.op('relu', 'relu', { input: [conv] }, [1, 8, 8, 3]), 4, 8)]);
}

const op = (name: string, type: string, inputs: readonly string[], attributes: Record<string, XirAttribute> = {}): XirOp => ({
  name,
  type,
  attributes: new Map(Object.entries(attributes)),
  inputs: new Map(inputs.length ? [['input', inputs]] : []),
  tensor: {
    name: `${name}_t`,
    shape: [1, 4, 4, 8],
    dataType: 'XINT',
    bits: 8,
    attributes: new Map([['fix_point', { kind: 'int32', value: 3 } as const]]),
  },
});
const work = (value: bigint): XirAttribute => ({ kind: 'uint64', value });
const part = (
  name: string,
  device: string,
  ops: string[],
  more: Record<string, XirAttribute> = {},
  children: XirSubgraph[] = [],
): XirSubgraph => ({
  name,
  ops: children.length ? [] : ops,
  attributes: new Map<string, XirAttribute>([
    ...(device ? [['device', { kind: 'string', value: device }] as const] : []),
    ...Object.entries(more),
  ]),
  children,
});

/** Two parts on the DPU, and an operator between them that the compiler left to the processor. */
function compiled(): XirGraph {
  const print: Record<string, XirAttribute> = {
    dpu_fingerprint: work(72339069383803911n),
    dpu_name: { kind: 'string', value: 'DPUCZDX8G_ISA1_B4096' },
    mc_code: { kind: 'bytes', value: new Uint8Array(5000) },
  };
  const conv = (name: string, from: string): XirOp =>
    op(name, 'conv2d-fix', [from], { workload: work(1000n), workload_on_arch: work(1500n), nonlinear: { kind: 'string', value: 'RELU' } });
  const layers = (name: string, ops: string[]): XirSubgraph => part(name, '', ops);
  return {
    name: 'net',
    ops: [
      op('x', 'data-fix', []),
      op('up', 'upload', ['x']),
      conv('a', 'up'),
      conv('b', 'a'),
      op('down', 'download', ['b']),
      op('soft', 'softmax', ['down']),
      conv('c', 'soft'),
      op('last', 'fix2float', ['c']),
    ],
    root: part('root', '', [], { workload: work(3000n), workload_on_arch: work(4500n) }, [
      part('input', 'USER', ['x']),
      part('first', 'DPU', [], print, [layers('s1', ['up']), layers('s2', ['a', 'b']), layers('s3', ['down'])]),
      part('cpu', 'CPU', ['soft']),
      part('second', 'DPU', ['c'], print),
      part('end', 'CPU', ['last']),
    ]),
    attributes: new Map<string, XirAttribute>([
      ['libs_info', { kind: 'map_string_string', value: new Map([['xcompiler.2.5.0', 'abc']]) }],
      ['files_md5sum', { kind: 'map_string_string', value: new Map([['/tmp/q.h5', '123']]) }],
    ]),
    definitions: [],
  };
}

describe('a quantized file in the view', () => {
  const reader = open(quantized());

  it('has its operators as layers, and constants in them', () => {
    expect(reader.view()).toMatchObject({ format: 'XIR, quantized', parameters: 54, weightBytes: 216, macs: 8 * 8 * 3 * 3 * 3 * 2 });
    expect(reader.view().layers.map(({ op: type }) => type)).toEqual(['fix', 'conv2d', 'relu', 'fix']);
    const { nodes, edges, values } = reader.drawable();
    expect(nodes.map(({ title }) => title)).toEqual(['fix', 'conv2d', 'relu', 'fix', 'x', 'relu_fix']);
    expect(nodes[1]!.lines).toEqual(['3×3', 'W 3×3×3×2']);
    expect(edges.map(({ from, to }) => [from, to])).toEqual([[4, 0], [0, 1], [1, 2], [2, 3], [3, 5]]); // prettier-ignore
    expect(values.map(({ type }) => type)).toEqual(['float32', 'int8, fix 5', 'float32', 'float32', 'int8, fix 4']);
  });

  it('says what attributes mean, and shows weights', async () => {
    const detail = reader.detail(1);
    expect(detail.attributes.find(({ name }) => name === 'pad')).toMatchObject({
      value: '1, 1, 1, 1',
      meaning: expect.stringContaining('left, right') as string,
    });
    expect(detail.inputs[1]).toMatchObject({ kind: 'constant', role: 'weights', type: 'float32, fix 6', weights: true, bytes: 216 });
    expect(await reader.weights({ node: 1, input: 1 }, reading)).toMatchObject({
      elements: 54,
      low: -27 / 64,
      high: 26 / 64,
      channels: { axis: 0, count: 3 },
    });
    const { rows, cells, height, width } = await reader.kernels({ node: 1, input: 1, firstRow: 0, firstCell: 0 }, reading);
    expect([rows, cells, height, width]).toEqual([3, 2, 3, 3]);
  });

  it('is read from a file with its weights left there', async () => {
    const builder = new XirBuilder('large');
    const x = builder.data('x', [1, 1, 1, 64]);
    const weights = builder.parameter(
      'w',
      [64, 64],
      new Float32Array(4096).map((_, i) => i % 7),
    );
    const file = path.join(folder, 'large.xmodel');
    writeFileSync(
      file,
      bytesOf(
        builder.graph([builder.op('matmul', 'm', { input: [x, weights] }, [1, 1, 1, 64], { transpose_a: false, transpose_b: true })]),
      ),
    );
    const scanned = scanXir(file);
    expect(scanned.graph.ops.find(({ type }) => type === 'const')!.attributes.get('data')!.value).toMatchObject({ length: 16384 });
    expect(await new XirReader(scanned, 'large').weights({ node: 0, input: 1 }, reading)).toMatchObject({
      low: 0,
      high: 6,
      elements: 4096,
    });
  });
});

describe('a compiled file in the view', () => {
  const reader = open(compiled());

  it('has its sub-graphs as groups with their devices', () => {
    const { groups, nodes } = reader.drawable();
    expect(groups.map(({ title, parent }) => [title, parent])).toEqual([['DPU 1 of 2', -1], ['s2', 0]]); // prettier-ignore
    expect(nodes.filter(({ kind }) => kind === 'operator').map(({ group }) => group)).toEqual([0, 1, 1, 0, -1, -1, -1]);
    expect(nodes[4]!.lines).toContain('on CPU');
  });

  it('says for which hardware it is, with which tools it was made, and what is left to the CPU', () => {
    const { format, producer, metadata, findings } = reader.view();
    expect([format, producer]).toEqual(['XIR, compiled for DPUCZDX8G_ISA1_B4096', 'xcompiler 2.5.0']);
    expect(Object.fromEntries(metadata)).toMatchObject({
      Fingerprint: '0x101000016010407',
      'Made for': 'images of Vitis AI 2.5',
      'md5 of q.h5': '123',
    });
    expect(findings[0]).toMatch(/Made for images of Vitis AI 2.5; a board with another image refuses it/);
    expect(findings[1]).toBe('softmax "soft" is left to the CPU, behind "down" and before "c".');
  });

  it('colours layers by device, workload and position', async () => {
    const overlays = Object.fromEntries((await reader.overlays()).map((overlay) => [overlay.id, overlay]));
    expect(Object.keys(overlays)).toEqual(['xir/device', 'xir/workload', 'xir/workload-on-arch', 'xir/position']);
    expect(overlays['xir/device']).toMatchObject({ summary: '1 on the CPU', notes: [[4, expect.stringContaining('softmax') as string]] });
    expect(overlays['xir/workload-on-arch']!.values).toEqual([[1, 1.5], [2, 1.5], [5, 1.5]]); // prettier-ignore
  });
});

describe('fingerprints', () => {
  it.each([
    [72057735604159495n, { hex: '0x1000020f6014407', isa: 0, image: '1.3 to 2.0', features: [] }],
    [72339069383803911n, { size: 'B4096', isa: 1, image: '2.5', features: ['load augmentation', 'LeakyReLU after convolutions'] }],
    [72339070457545735n, { size: 'B4096', image: '3.0 and 3.5', parallel: { pixels: 8, channels: 16 } }],
    [0x101000056010400n, { size: 'B512', parallel: { pixels: 4, channels: 8 } }],
  ])('%s', (value, expected) => expect(decodeFingerprint(value)).toMatchObject(expected));
});

describe('hostile files', () => {
  const refuses = (graph: XirGraph, code: string): void => expect(() => open(graph)).toThrow(expect.objectContaining({ code }) as Error);
  const of = (ops: XirOp[], root?: XirSubgraph): XirGraph => ({ name: 'n', ops, root, attributes: new Map(), definitions: [] });

  it('that make no sense have one message', () => {
    refuses(of([op('a', 'relu', ['b']), op('b', 'relu', ['a'])]), 'xir.circle');
    refuses(of([op('a', 'data', []), op('a', 'relu', ['a'])]), 'xir.name');
    refuses(of([{ ...op('a', 'data', []), tensor: { ...op('a', 'x', []).tensor, shape: Array<number>(99).fill(1) } }]), 'xir.shape');
  });

  it('out of order or with loose ends are shown, and it is said', () => {
    const reader = open(
      of([op('b', 'relu', ['a', 'nobody']), op('a', 'data', [])], part('root', '', [], {}, [part('p', 'DPU', ['b', 'ghost'])])),
    );
    expect(reader.view().findings.join('\n')).toMatch(
      /"b" reads what nothing in the file makes[^]*stands before what it reads[^]*1 operator that the file does not have/,
    );
  });

  it('with huge names, sizes and attributes are cut', () => {
    const long = 'n'.repeat(1 << 20);
    const big = op(long, 'relu', ['x'], { shape: { kind: 'int32_vec', value: new Array<number>(100_000).fill(1) } });
    const reader = open(of([op('x', 'data', []), { ...big, tensor: { ...big.tensor, shape: [2 ** 31, 2 ** 31, 2 ** 31] } }]));
    expect(JSON.stringify([reader.view(), reader.drawable(), reader.detail(0)]).length).toBeLessThan(20_000);
    expect(reader.view().macs).toBe(0);
    expect(reader.view().peakActivationBytes).toBeNull();
  });

  it('with sub-graphs in each other to no end are refused', () => {
    const writer = new WireWriter();
    const nest = (depth: number): void => writer.message(10, () => (depth > 0 ? nest(depth - 1) : undefined));
    nest(500);
    const nested = Buffer.concat([...writer.chunks()] as Uint8Array[]);
    expect(() => readXir(new Uint8Array(Buffer.concat([bytesOf(quantized()), nested])))).toThrow(
      expect.objectContaining({ code: 'model.too-deep' }) as Error,
    );
  });

  it('cut anywhere, or with any bytes changed, are shown or refused in words', () => {
    const whole = [quantized(), compiled()].map(bytesOf);
    const property = fc.property(fc.constantFrom(...whole), fc.nat(), fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }), (bytes, end, changes) => {
      const broken = bytes.slice(0, end % 3 === 0 ? end % bytes.length : bytes.length);
      for (const [at, value] of changes) if (broken.length) broken[at % broken.length] = value;
      try {
        const reader = new XirReader(readXir(broken), 'x');
        reader.view();
        reader.drawable();
        reader.view().layers.forEach(({ index }) => reader.detail(index));
        void reader.overlays();
      } catch (error) {
        expect(error).toBeInstanceOf(LatheError);
      }
    }); // prettier-ignore
    fc.assert(property, { numRuns: 400, seed: 9 });
  });
});
