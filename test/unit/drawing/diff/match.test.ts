import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../src/engine/base/random.ts';
import { matchModels, type Matching } from '../../../../src/engine/drawing/diff/match.ts';
import type { Unit } from '../../../../src/engine/drawing/diff/folded.ts';
import { signaturesOf } from '../../../../src/engine/drawing/diff/signature.ts';
import type { Model } from '../../../../src/engine/onnx/graph.ts';
import { insertBehind, pruned, randomNetwork, remove, spell, type Layer, type Network } from './networks.ts';

const never = new AbortController().signal;
const match = (a: Model, b: Model): Promise<Matching> => matchModels(a, b, never);

/** Pairs by label. */
function pairsOf({ a, b, ofA }: Matching): Map<string, string> {
  const pairs = new Map<string, string>();
  ofA.forEach((y, x) => {
    if (y >= 0) pairs.set(a.units[x]!.node.label, b.units[y]!.node.label);
  });
  return pairs;
}

/** The pairs that are true: layers that both networks have. */
function truth(a: Map<number, string>, b: Map<number, string>): Map<string, string> {
  return new Map([...a].flatMap(([id, label]) => (b.has(id) ? [[label, b.get(id)!] as const] : [])));
}

const network = fc
  .tuple(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 3, max: 40 }))
  .map(([seed, size]) => randomNetwork(seededRandom(seed), size));
const other = (layer: Layer): string => `n${(layer.id * 7919) % 1_000_003}`;
const inserted: Omit<Layer, 'reads'> = { id: 900_000, op: 'Conv', weights: { channels: 4, inputs: 4, seed: 77 }, kernel: 3 };
const runs = { numRuns: 60 };

describe('matching with known truth', () => {
  it('finds every layer of a renamed model', async () => {
    await fc.assert(
      fc.asyncProperty(network, async (net) => {
        const [a, b] = [spell(net), spell(net, { name: other })];
        const pairs = pairsOf(await match(a.model, b.model));
        // Layers without weights between the same neighbours may stand for each other: the operators must be the same.
        expect(pairs.size).toBe(net.layers.length);
        for (const [label, wanted] of truth(withWeights(net, a.labels), withWeights(net, b.labels))) expect(pairs.get(label)).toBe(wanted);
      }),
      runs,
    );
  });

  it('keeps the names of a quantized model, whatever became of the weights', async () => {
    await fc.assert(
      fc.asyncProperty(network, async (net) => {
        const [a, b] = [spell(net), spell(net, { quantized: true })];
        expect(pairsOf(await match(a.model, b.model))).toEqual(truth(a.labels, b.labels));
      }),
      runs,
    );
  });

  it('finds every layer of a pruned and retrained model under the old names', async () => {
    await fc.assert(
      fc.asyncProperty(network, async (net) => {
        const [a, b] = [spell(net), spell(pruned(net, 3), { retrained: 5 })];
        expect(pairsOf(await match(a.model, b.model))).toEqual(truth(a.labels, b.labels));
      }),
      runs,
    );
  });

  it('finds the structure alone: renamed, quantized and pruned at once', async () => {
    await fc.assert(
      fc.asyncProperty(network, async (net) => {
        const [a, b] = [spell(net), spell(pruned(net, 3), { name: other, retrained: 5, quantized: true })];
        const pairs = pairsOf(await match(a.model, b.model));
        expect(pairs.size).toBe(net.layers.length);
      }),
      runs,
    );
  });

  it('tells an inserted layer and a removed one, with every name new', async () => {
    await fc.assert(
      fc.asyncProperty(network, fc.nat(), async (net, pick) => {
        const at = net.layers[pick % net.layers.length]!;
        const longer = insertBehind(net, at.id, inserted);
        const [a, b] = [spell(net), spell(longer, { name: other })];
        const there = pairsOf(await match(a.model, b.model));
        expect([...there.values()]).not.toContain(b.labels.get(900_000));
        expect(there.size).toBe(net.layers.length);
        const back = pairsOf(await match(b.model, a.model));
        expect(back.has(b.labels.get(900_000)!)).toBe(false);
        expect(back.size).toBe(net.layers.length);
        const shorter = spell(remove(longer, 900_000), { name: other });
        expect(pairsOf(await match(a.model, shorter.model)).size).toBe(net.layers.length);
      }),
      runs,
    );
  });

  it('believes weights before numbered names, which an insertion shifts', async () => {
    await fc.assert(
      fc.asyncProperty(network, fc.nat(), async (net, pick) => {
        const at = net.layers[pick % net.layers.length]!;
        const numbered = (_: Layer, place: number): string => `node_${place}`;
        const [a, b] = [spell(net, { name: numbered }), spell(insertBehind(net, at.id, inserted), { name: numbered })];
        const pairs = pairsOf(await match(a.model, b.model));
        for (const [label, wanted] of truth(withWeights(net, a.labels), b.labels)) expect(pairs.get(label)).toBe(wanted);
        expect([...pairs.values()]).not.toContain(b.labels.get(900_000));
      }),
      runs,
    );
  });

  it('answers the same each time, and every unit has one partner at most', async () => {
    await fc.assert(
      fc.asyncProperty(network, network, async (one, two) => {
        const [a, b] = [spell(one).model, spell(two, { name: other }).model];
        const [first, second] = [await match(a, b), await match(a, b)];
        expect([...first.ofA]).toEqual([...second.ofA]);
        first.ofA.forEach((y, x) => y >= 0 && expect(first.ofB[y]).toBe(x));
        expect(first.ofB.filter((x) => x >= 0)).toHaveLength(first.ofA.filter((y) => y >= 0).length);
      }),
      runs,
    );
  });
});

const withWeights = ({ layers }: Network, labels: Map<number, string>): Map<number, string> =>
  new Map(layers.flatMap(({ id, weights }) => (weights ? [[id, labels.get(id)!] as const] : [])));

describe('against the best there is', () => {
  /** Pairs and edges kept between them, the network's ends included: what a reader sees as unchanged. */
  function kept({ a, b }: Matching, partner: readonly number[]): number {
    let edges = 0;
    partner.forEach((y, x) => {
      if (y < 0) return;
      a.units[x]!.operands.forEach((operand, place) => {
        const read = b.units[y]!.operands[place];
        if (!operand || !read || operand.constant || read.constant) return;
        if (operand.unit < 0 ? read.unit < 0 : partner[operand.unit] === read.unit) edges++;
      });
      if (x === a.units.length - 1 && y === b.units.length - 1) edges++;
    });
    return partner.filter((y) => y >= 0).length + edges;
  }

  const looks = (unit: Unit): string => signaturesOf(unit).settings;

  /** The most that any one-to-one assignment of units with the same operator and attributes keeps. */
  function best(matching: Matching): number {
    const { a, b } = matching;
    const partner = new Array<number>(a.units.length).fill(-1);
    const used = new Set<number>();
    const search = (x: number): number => {
      if (x === a.units.length) return kept(matching, partner);
      partner[x] = -1;
      let most = search(x + 1);
      b.units.forEach((_, y) => {
        if (looks(b.units[y]!) !== looks(a.units[x]!) || used.has(y)) return;
        used.add(y);
        partner[x] = y;
        most = Math.max(most, search(x + 1));
        used.delete(y);
      });
      partner[x] = -1;
      return most;
    };
    return search(0);
  }

  const small = fc
    .tuple(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 2, max: 5 }))
    .map(([seed, size]) => randomNetwork(seededRandom(seed), size));

  it('keeps as much after one edit as any assignment could, from structure alone', async () => {
    await fc.assert(
      fc.asyncProperty(small, fc.nat(), fc.constantFrom('Conv', 'Relu', 'MaxPool'), async (net, pick, op) => {
        const at = net.layers[pick % net.layers.length]!;
        const added = op === 'Conv' ? inserted : { id: 900_000, op };
        const [a, b] = [spell(net), spell(insertBehind(net, at.id, added), { name: other, retrained: 9 })];
        const matching = await match(a.model, b.model);
        expect(kept(matching, [...matching.ofA])).toBe(best(matching));
      }),
      { numRuns: 80 },
    );
  });
});

it('takes thousands of layers that have nothing but their structure', async () => {
  const net = randomNetwork(seededRandom(5), 5000);
  const [a, b] = [spell(net), spell(insertBehind(net, 2500, inserted), { name: other, retrained: 3 })];
  const { ofA } = await match(a.model, b.model);
  expect(ofA.filter((y) => y < 0)).toHaveLength(0);
});

it('ends within the reading of one slice when it is cancelled', async () => {
  const net = randomNetwork(seededRandom(1), 20);
  const stop = new AbortController();
  stop.abort();
  await expect(matchModels(spell(net).model, spell(net).model, stop.signal)).rejects.toThrow('cancelled');
});
