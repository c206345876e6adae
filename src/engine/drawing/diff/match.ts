import type { Model } from '../../onnx/graph.ts';
import type { Tensor } from '../../onnx/tensor.ts';
import { align, ascending } from './align.ts';
import { ContentHashes, tensorForm } from './content.ts';
import { keysFromInputs, keysFromOutputs } from './context-keys.ts';
import { foldGraph, type FoldedGraph } from './folded.ts';
import { originalNames } from './names.ts';
import { Pairing, Side } from './pairing.ts';
import { spread } from './spread.ts';

/** Constants of fewer elements do not tell a layer from others: scalars, shapes, axes. */
const leastElements = 8;

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
  const [foldedA, foldedB] = [foldGraph(a), foldGraph(b)];
  const pairing = new Pairing(new Side(foldedA, originalNames(a)), new Side(foldedB, originalNames(b)));
  const hashes = new ContentHashes(signal);
  try {
    await hashCommon(pairing, hashes);
  } finally {
    await hashes.close();
  }
  byContent(pairing, hashes);
  byNames(pairing);
  byContext(pairing);
  spread(pairing, 'form');
  byOrder(pairing);
  spread(pairing, 'op');
  replaced(pairing);
  const { ofA, ofB } = pairing;
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

/** Layers with the same large constants, of which there is one on either side. */
function byContent(pairing: Pairing, hashes: ContentHashes): void {
  const key =
    (side: Side) =>
    (index: number): string | undefined => {
      const large = side.unit(index).operands.flatMap((operand) => {
        const tensor = operand?.constant?.tensor;
        return tensor && tensor.size >= leastElements ? [tensor] : [];
      });
      const known = large.map(hashes.known);
      if (known.length === 0 || known.includes(undefined)) return undefined;
      return `${side.signatures[index]!.op} ${known.join()}`;
    };
  pairing.joinUnique(key(pairing.a), key(pairing.b));
}

/** The same operator under the same name, of the layer or of a value it makes, in front of or behind its quantizers. */
function byNames(pairing: Pairing): void {
  const { a, b } = pairing;
  // An exporter that numbers its layers gives other layers the same names after an edit: weights that are known to be the same decide.
  const allowed = (x: number, y: number): boolean => a.signatures[x]!.op === b.signatures[y]!.op && !pairing.contradicts(x, y);
  const named = (side: Side) => (index: number) => side.names[index];
  pairing.joinUnique(named(a), named(b), allowed);
  const [madeA, madeB] = [madeValues(a.folded), madeValues(b.folded)];
  for (const [value, y] of madeB) {
    const made = madeA.get(value);
    if (made === undefined) continue;
    // Where an activation or a normalization was melted into a layer, the layer makes what they made.
    const x = pairing.ofB[y] === -1 ? layerBefore(a, made, b.signatures[y]!.op) : made;
    if (pairing.free(x, y) && allowed(x, y)) pairing.join(x, y);
  }
}

/** The unit itself if it has this operator, else the nearest one before it that has, behind which there are only units with one input. */
function layerBefore({ folded, signatures }: Side, unit: number, op: string): number {
  let at = unit;
  for (let step = 0; step < 4 && signatures[at]!.op !== op; step++) {
    const makers = folded.units[at]!.operands.flatMap((operand) => (operand && !operand.constant ? [operand.unit] : []));
    if (makers.length !== 1 || makers[0]! < 0) return unit;
    at = makers[0]!;
  }
  return signatures[at]!.op === op ? at : unit;
}

/** Units by the names of their first outputs, in front of and behind quantizers. */
function madeValues({ graph, units, source }: FoldedGraph): Map<string, number> {
  const made = new Map<string, number>();
  for (const { index, node } of units) {
    const value = node.outputs[0];
    if (value) made.set(value, index);
  }
  for (const node of graph.nodes) {
    const value = node.outputs[0];
    const from = value && !made.has(value) ? source(value) : undefined;
    if (value && from && from.unit >= 0 && from.output === 0 && from.passed) made.set(value, from.unit);
  }
  return made;
}

/** What is made alike from the inputs on, or used alike down to the outputs. */
function byContext(pairing: Pairing): void {
  const { a, b } = pairing;
  for (const level of ['form', 'settings'] as const) {
    for (const keys of [keysFromInputs, keysFromOutputs]) {
      const [left, right] = [keys(a, level), keys(b, level)];
      const allowed = (x: number, y: number): boolean => !pairing.contradicts(x, y);
      pairing.joinUnique(
        (index) => left[index],
        (index) => right[index],
        allowed,
      );
    }
  }
}

/** Aligns what is free between pairs that stand in the same order in both graphs. */
function byOrder(pairing: Pairing): void {
  const { a, b, ofA } = pairing;
  const pairs: [number, number][] = [];
  ofA.forEach((y, x) => y >= 0 && pairs.push([x, y]));
  let [x, y] = [0, 0];
  for (const [nextX, nextY] of [...ascending(pairs), [a.size, b.size] as const]) {
    const [left, right] = [free(pairing.ofA, x, nextX), free(pairing.ofB, y, nextY)];
    if (left.length && right.length) {
      for (const [one, other] of align(left, right, (i, j) => likeness(pairing, i, j))) pairing.join(one, other);
    }
    [x, y] = [nextX + 1, nextY + 1];
  }
}

function free(partner: Int32Array, from: number, to: number): number[] {
  const found: number[] = [];
  for (let index = from; index < to; index++) if (partner[index] === -1) found.push(index);
  return found;
}

/** How much speaks for a pair; 0: they are no pair. Two weak pairs count more than one strong one, but not three times as much. */
function likeness(pairing: Pairing, x: number, y: number): number {
  const [left, right] = [pairing.a.signatures[x]!, pairing.b.signatures[y]!];
  if (left.op !== right.op || pairing.contradicts(x, y)) return 0;
  const settings = left.settings === right.settings ? 2 : 0;
  const form = left.form === right.form ? 2 : 0;
  const name = pairing.a.names[x] === pairing.b.names[y] ? 2 : 0;
  return 4 + settings + form + name;
}

/** Another operator in the same place: under the same name, or between the same neighbours. */
function replaced(pairing: Pairing): void {
  const { a, b } = pairing;
  pairing.joinUnique(
    (index) => a.names[index],
    (index) => b.names[index],
    (x, y) => !pairing.contradicts(x, y),
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
  );
}
