import type { Model } from '../../onnx/graph.ts';
import type { Tensor } from '../../onnx/tensor.ts';
import { ContentHashes, tensorForm } from './content.ts';
import { byContent, byNames, hasWeights, trustedNames } from './evidence.ts';
import { foldGraph, type FoldedGraph } from './folded.ts';
import { originalNames } from './names.ts';
import { Pairing, Side } from './pairing.ts';
import { pause } from './pause.ts';
import { byStructure } from './by-structure.ts';

/** Which units of two models are the same. */
export interface Matching {
  readonly a: FoldedGraph;
  readonly b: FoldedGraph;
  /** Partner of each unit of `a` in `b` and the other way round; -1: it has none. */
  readonly ofA: Int32Array;
  readonly ofB: Int32Array;
  readonly hashes: ContentHashes;
}

/**
 * Matches the operators of two models' main graphs, evidence by evidence, the strongest first: equal weights that no other layer has; names (of
 * layers and of what they make, also those they had before, from the metadata) unless the weights contradict them; all that stands before or behind a
 * layer; neighbours of what is matched; what is left by aligning it in the graph's order. Constants and quantizers are walked through.
 * Deterministic; linear in nodes but for the last step, which is bounded. Reads the weights that have their like in the other model, in slices.
 * Throws `model.truncated`, `file.read`, `model.metadata`, `graph.cycle`, `cancelled`.
 */
export async function matchModels(a: Model, b: Model, signal: AbortSignal): Promise<Matching> {
  const foldedA = foldGraph(a);
  await pause(signal);
  const foldedB = foldGraph(b);
  await pause(signal);
  const pairing = new Pairing(new Side(foldedA, originalNames(a)), new Side(foldedB, originalNames(b)));
  const hashes = new ContentHashes(signal);
  try {
    await hashCommon(pairing, hashes);
  } finally {
    await hashes.close();
  }
  await pause(signal);
  byContent(pairing, hashes);
  const trusted = trustedNames(pairing);
  byNames(pairing, trusted);
  await pause(signal);
  const best = byStructure(pairing);
  replaced(best, trusted);
  const { ofA, ofB } = best;
  return { a: foldedA, b: foldedB, ofA, ofB, hashes };
}

const tensorsOf = (side: Side): Tensor[] =>
  side.folded.units.flatMap(({ operands }) => operands.flatMap((operand) => operand?.constant?.tensor ?? []));

/** Hashes of all tensors whose type and shape occur in both models. Of others it is known that they differ. */
async function hashCommon({ a, b }: Pairing, hashes: ContentHashes): Promise<void> {
  const [left, right] = [tensorsOf(a), tensorsOf(b)];
  const [formsA, formsB] = [new Set(left.map(tensorForm)), new Set(right.map(tensorForm))];
  for (const tensor of left) if (formsB.has(tensorForm(tensor))) await hashes.of(tensor);
  for (const tensor of right) if (formsA.has(tensorForm(tensor))) await hashes.of(tensor);
}

/** Another operator in the same place: under the same name, or between the same neighbours. */
function replaced(pairing: Pairing, trusted: Uint8Array): void {
  const { a, b } = pairing;
  // An activation is replaced by another, a convolution by a transposed one; neither by the other.
  const likely = (x: number, y: number): boolean => hasWeights(a.unit(x)) === hasWeights(b.unit(y));
  pairing.joinUnique(
    (index) => a.names[index],
    (index) => b.names[index],
    (x, y) => trusted[x] === 1 && likely(x, y) && !pairing.contradicts(x, y),
  );
  const place = (side: Side, partner: (unit: number) => number) => (index: number) => {
    const reads = side
      .unit(index)
      .operands.flatMap((operand) => (operand && !operand.constant ? [operand.unit < 0 ? operand.value : partner(operand.unit)] : []));
    const readers = side.folded.uses[index]!.map(({ unit, place: at }) => `${partner(unit)}:${at}`).sort();
    const known = reads.length > 0 && readers.length > 0 && !reads.includes(-1) && !readers.some((reader) => reader.startsWith('-1'));
    return known ? `${reads.join()} ${readers.join()}` : undefined;
  };
  pairing.joinUnique(
    place(a, (unit) => pairing.ofA[unit]!),
    place(b, (unit) => (pairing.ofB[unit]! < 0 ? -1 : unit)),
    likely,
  );
}
