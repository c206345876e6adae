import { describe, expect, it } from 'vitest';
import { evaluateXir } from '../../../src/engine/xir/evaluate/index.ts';
import type { XirAttribute, XirGraph, XirOp } from '../../../src/engine/xir/graph.ts';

const op = (name: string, type: string, inputs: Record<string, string[]>, shape: number[], attributes: Record<string, XirAttribute> = {}): XirOp => ({
  name,
  type,
  attributes: new Map(Object.entries(attributes)),
  inputs: new Map(Object.entries(inputs)),
  tensor: { name, shape, dataType: 'FLOAT', bits: 32, attributes: new Map() },
}); // prettier-ignore
const graph = (...ops: XirOp[]): XirGraph => ({ name: 'test', ops, root: undefined, attributes: new Map(), definitions: [] });
const fix = (name: string, input: string, length: number, fixPoint: number, mode = 'DPU_ROUND', bits = 8, signed = true): XirOp =>
  op(name, 'fix', { input: [input] }, [1, length], {
    fix_point: { kind: 'int32', value: fixPoint },
    bit_width: { kind: 'int32', value: bits },
    round_mode: { kind: 'string', value: mode },
    if_signed: { kind: 'bool', value: signed },
  });
const run = (values: number[], ...ops: XirOp[]) =>
  evaluateXir(graph(op('x', 'data', {}, [1, values.length]), ...ops), new Map([['x', Float32Array.from(values)]]));

describe('a quantized XIR graph', () => {
  const halves = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 300, -300];
  it.each([
    ['DPU_ROUND', [-2, -1, -0, 1, 2, 3, 127, -128]],
    ['STD_ROUND', [-3, -2, -1, 1, 2, 3, 127, -128]],
    ['PY3_ROUND', [-2, -2, -0, 0, 2, 2, 127, -128]],
  ])('rounds by %s and cuts to 8 bits', (mode, expected) => {
    expect([...run(halves, fix('f', 'x', halves.length, 0, mode)).get('f')!.integers!].map((value) => value + 0)).toEqual(
      expected.map((value) => value + 0),
    );
  });

  it('adds fixed operands with two guard bits, and others as they are', () => {
    const a = fix('a', 'x', 1, 7);
    const b = fix('b', 'x', 1, 1);
    const sum = (...next: XirOp[]) => run([0.4921875], a, b, op('s', 'add', { input: ['a', 'b'] }, [1, 1]), ...next).get('s')!.data[0];
    // a: 63/128; b: 1/2. Cut to three bits behind the point: 3/8 + 4/8.
    expect(sum(fix('o', 's', 1, 3))).toBe(0.875);
    expect(sum()).toBe(0.9921875);
  });

  it('says what it cannot compute, and of which operator', () => {
    expect(() => run([1], op('g', 'gelu', { input: ['x'] }, [1, 1]))).toThrow(/gelu cannot be simulated/);
    expect(() => run([1], op('r', 'relu', { input: ['later'] }, [1, 1]), op('later', 'relu', { input: ['x'] }, [1, 1]))).toThrow(
      /stands behind it/,
    );
    expect(() => run([1], op('r', 'relu', {}, [1, 1]))).toThrow(/no input/);
    expect(() => run([1], op('r', 'relu', { input: ['x'] }, [1, 2]))).toThrow(/stored shape/);
    expect(() => run([1], op('f', 'fix', { input: ['x'] }, [1, 1]))).toThrow(/"if_signed".*missing|"bit_width".*missing/);
    expect(() => evaluateXir(graph(op('x', 'data', {}, [1, 1])), new Map())).toThrow(/no values were given/);
  });
});
