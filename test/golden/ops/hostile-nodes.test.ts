import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LatheError } from '../../../src/engine/base/errors.ts';
import type { Attribute, Model } from '../../../src/engine/onnx/graph.ts';
import { modelCost } from '../../../src/engine/ops/cost.ts';
import { operators } from '../../../src/engine/ops/index.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import { drawing, modelOf, type Case, type CaseMaker, type Draw, type Operand } from './cases/case.ts';
import { elementwiseCases } from './cases/elementwise.ts';
import { matrixCases } from './cases/matrix.ts';
import { selectionCases } from './cases/selection.ts';
import { structureCases } from './cases/structure.ts';
import { windowCases } from './cases/windows.ts';

const makers: readonly CaseMaker[] = [elementwiseCases, windowCases, matrixCases, structureCases, selectionCases].flatMap((cases) => [
  ...cases.values(),
]);

const oddNumbers = [0, -1, 1, 3, 2 ** 31 - 1, -(2 ** 31), 2 ** 53, -(2 ** 53), 1e300, NaN, Infinity];

function oddAttribute(draw: Draw): Attribute {
  const numbers = draw.ints(draw.int(0, 5), 0, oddNumbers.length - 1).map((i) => oddNumbers[i]!);
  return draw.pick<Attribute>([
    { kind: 'int', value: numbers[0] ?? 0 },
    { kind: 'ints', value: numbers },
    { kind: 'float', value: numbers[0] ?? 0 },
    { kind: 'floats', value: numbers },
    { kind: 'string', value: new TextEncoder().encode(draw.pick(['', 'SAME_UPPER', 'ij,jk->ik', '...', '->', 'bidirectional', 'axis'])) },
    { kind: 'reference', to: 'x', type: 2 },
  ]);
}

function oddOperand(draw: Draw): Operand {
  const dims = draw.dims(0, 3, 5);
  const integers = draw.chance(0.5);
  const values = Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () =>
    draw.pick(integers ? [0, -1, 1, 2, 7, 2 ** 31 - 1, 2 ** 52] : oddNumbers),
  );
  return { type: integers ? 'int64' : 'float32', dims, values, constant: draw.chance(0.6) };
}

/** A case of some operator with operands and attributes replaced at random. */
const hostile: CaseMaker = (draw) => {
  const made: Case = draw.pick(makers)(draw);
  const inputs = made.inputs.flatMap((operand) => (draw.chance(0.1) ? [] : draw.chance(0.3) ? [oddOperand(draw)] : [operand]));
  const attributes: NonNullable<Case['attributes']> = { ...made.attributes };
  for (const name of Object.keys(attributes)) if (draw.chance(0.3)) attributes[name] = oddAttribute(draw);
  for (const name of ['axis', 'axes', 'group', 'kernel_shape', 'perm']) if (draw.chance(0.05)) attributes[name] = oddAttribute(draw);
  return { inputs: draw.chance(0.1) ? [...inputs, oddOperand(draw)] : inputs, attributes, outputs: draw.int(1, 3) };
};

function survives(model: Model): void {
  try {
    const shapes = inferShapes(model);
    modelCost(model, shapes);
    for (const { name } of model.graph.outputs) {
      for (const dim of shapes.of(name)?.shape ?? []) {
        if (typeof dim === 'number') expect(Number.isSafeInteger(dim) && dim >= 0, `${dim}`).toBe(true);
      }
    }
  } catch (error) {
    if (!(error instanceof LatheError)) throw error;
    expect(error.place.node, error.message).toBeDefined();
  }
}

it('no operator crashes on operands and attributes that make no sense', () => {
  fc.assert(
    fc.property(drawing(hostile, [1, 7, 10, 11, 13, 18, 21]), fc.nat(operators.length - 1), (made, which) => {
      const { op, domain = '' } = operators[which]!;
      survives(modelOf(op, domain, made));
    }),
    { numRuns: 10_000, seed: Number(process.env['LATHE_SEED'] ?? 1) },
  );
});
