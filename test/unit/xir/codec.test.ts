import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { decodeXir, encodeXir } from '../../../src/engine/xir/codec.ts';
import type { XirAttribute, XirGraph, XirOp } from '../../../src/engine/xir/graph.ts';

const bytesOf = (graph: XirGraph): Uint8Array => new Uint8Array(Buffer.concat([...encodeXir(graph)] as Uint8Array[]));

const text = fc.string({ maxLength: 8, unit: 'grapheme' });
const int32 = fc.integer();
const uint32 = fc.nat(0xffffffff);
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const float = fc.float({ noNaN: true });
const double = fc.double({ noNaN: true });
const bytes = fc.uint8Array({ maxLength: 12 });
const scalars = { bool: fc.boolean(), int32, uint32, int64, uint64, float, double, string: text, bytes };
const mapped = { int32, uint32, int64, uint64, string: text, bytes };

const attribute: fc.Arbitrary<XirAttribute> = fc.oneof(
  ...Object.entries(scalars).flatMap(([kind, value]: [string, fc.Arbitrary<unknown>]) => [
    value.map((one) => ({ kind, value: one }) as unknown as XirAttribute),
    fc.array(value, { maxLength: 4 }).map((all) => ({ kind: `${kind}_vec`, value: all }) as unknown as XirAttribute),
  ]),
  ...Object.entries(mapped).flatMap(([kind, value]: [string, fc.Arbitrary<unknown>]) => [
    fc.dictionary(text, value, { maxKeys: 3, noNullPrototype: true }).map((all) => ({ kind: `map_string_${kind}`, value: new Map(Object.entries(all)) }) as unknown as XirAttribute),
    ...(kind === 'bytes'
      ? []
      : [fc.dictionary(text, fc.array(value, { maxLength: 3 }), { maxKeys: 3, noNullPrototype: true }).map((all) => ({ kind: `map_string_${kind}_vec`, value: new Map(Object.entries(all)) }) as unknown as XirAttribute)]),
  ]),
); // prettier-ignore
const attributes = fc.dictionary(text, attribute, { maxKeys: 4, noNullPrototype: true }).map((all) => new Map(Object.entries(all)));
const named = fc.string({ minLength: 1, maxLength: 6 });
const op: fc.Arbitrary<XirOp> = fc.record({
  name: named,
  type: named,
  attributes,
  inputs: fc
    .dictionary(text, fc.array(text, { maxLength: 3 }), { maxKeys: 3, noNullPrototype: true })
    .map((all) => new Map(Object.entries(all))),
  tensor: fc.record({
    name: text,
    shape: fc.array(fc.nat(5000), { maxLength: 5 }),
    dataType: fc.constantFrom('INT', 'XINT', 'FLOAT', 'UNKNOWN'),
    bits: fc.nat(64),
    attributes,
  }),
});
const graph: fc.Arbitrary<XirGraph> = fc.record({
  name: text,
  ops: fc.array(op, { minLength: 1, maxLength: 4 }),
  root: fc.option(
    fc.record({
      name: text,
      ops: fc.array(text, { maxLength: 3 }),
      attributes,
      children: fc.array(fc.record({ name: text, ops: fc.array(text, { maxLength: 3 }), attributes, children: fc.constant([]) }), {
        maxLength: 2,
      }),
    }),
    { nil: undefined },
  ),
  attributes,
  definitions: fc.constant([]),
});

describe('XIR files', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(graph, (value) => {
        expect(decodeXir(bytesOf(value))).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  it('are refused with a LatheError wherever they end too early or are changed', () => {
    const [whole] = fc.sample(graph, { seed: 7, numRuns: 1 }) as [XirGraph];
    const good = bytesOf({ ...whole, name: 'graph' });
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.boolean(), (at, value, cut) => {
        const bad = cut ? good.slice(0, at) : good.map((byte, i) => (i === at ? value : byte));
        try {
          decodeXir(bad);
        } catch (error) {
          expect(error).toBeInstanceOf(LatheError);
        }
      }),
      { numRuns: 500 },
    );
    expect(() => decodeXir(new Uint8Array(0))).toThrow(/no operators/);
    expect(() => decodeXir(new TextEncoder().encode('PK not a graph'))).toThrow(LatheError);
  });
});
