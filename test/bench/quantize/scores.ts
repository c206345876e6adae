import path from 'node:path';
import { mean } from '../../../src/engine/evaluate/interval.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import { layerCosts } from '../../../src/engine/ops/cost.ts';
import { attempt, wanted, type BenchContext } from '../measure.ts';
import { benchModels, recipeOf, type BenchModel } from '../models.ts';
import { peers } from '../peers.ts';
import { runRecipe } from '../run-recipe.ts';
import { pairedDifference, Scorer, type FileScore, type Score } from '../score.ts';
import { runPeerRow } from './peer.ts';
import { scoreRows, type ScoreRow } from './rows.ts';

/** Draws of calibration pictures: seeds of the recipe. */
const draws = [0, 1, 2];

const number = (value: number, places = 2): string => value.toFixed(places);
const boxes = ({ found, total, false: wrong }: Score): string => `${found} of ${total}, ${wrong} false`;

/** Every model and scheme of rows.ts: as written and fused, the mean of three draws, against float on the same pictures. */
export async function scores(bench: BenchContext): Promise<void> {
  const scorers = new Map<string, Scorer>();
  for (const row of scoreRows) {
    const name = `${row.model} ${row.scheme}`;
    if (!wanted(bench, name)) continue;
    const model = benchModels.find((one) => one.name === row.model)!;
    const scorer = scorers.get(row.model) ?? new Scorer(bench.zoo!, model);
    scorers.set(row.model, scorer);
    await attempt(bench, name, () => scoreRow(bench, name, row, model, scorer));
  }
}

async function scoreRow(bench: BenchContext, name: string, row: ScoreRow, model: BenchModel, scorer: Scorer): Promise<void> {
  const float = await scorer.float();
  const found: FileScore[] = [];
  const cpu: number[] = [];
  const memory: number[] = [];
  // Without a number of pictures the source is taken whole: all draws are the same.
  for (const seed of row.pictures === undefined ? draws.slice(0, 1) : draws) {
    const layers = row.ends === undefined ? undefined : await endLayers(path.join(bench.zoo!, model.model), row.ends);
    const recipe = recipeOf(bench.zoo!, model, {
      step: row.step,
      calibration: row.pictures === undefined ? {} : { count: row.pictures },
      test: false,
      target: row.target,
      seed,
      layers,
    });
    const { cost, model: file } = await runRecipe(bench, recipe);
    cpu.push(cost.cpuSeconds);
    memory.push(cost.peakRssMiB);
    found.push(await scorer.score(file));
  }
  const written = found.map((one) => one.written);
  const detector = written[0]!.found !== undefined;
  const worst = written.reduce((a, b) => (b.found! - b.false! < a.found! - a.false! ? b : a));
  const value = detector ? worst.found! : mean(written.map((one) => one.value));
  const ok = detector ? worst.found === worst.total && worst.false! <= 3 : value >= row.goal - 1e-9;
  const peer = await peerScore(bench, name, row, model, scorer);
  bench.report({
    name,
    value,
    unit: detector ? 'boxes' : model.task === 'restoration' ? 'dB' : '%',
    goal: detector ? `${row.goal}, at most 3 false` : `>= ${row.goal}`,
    ok,
    peer: peer && { ...peer.who, value: detector ? peer.score.written.found! : peer.score.written.value },
    note: detector ? detectorNote(float, found, peer?.score) : scoreNote(float, found, peer?.score),
  });
  const ours = mean(cpu);
  bench.report({
    name: `${name}: CPU`,
    value: ours,
    unit: 's',
    peer: peer && { ...peer.who, value: peer.cpuSeconds },
    ratio: peer && ours / peer.cpuSeconds,
    note: `our whole process, ${number(Math.max(...memory), 0)} MiB at most${peer ? `; the peer without imports, on ${peer.pictures} pictures, ${number(peer.peakRssMiB, 0)} MiB` : ''}`,
  });
}

const scoreNote = (float: FileScore, found: readonly FileScore[], peer: FileScore | undefined): string => {
  const difference = pairedDifference(
    found.map((one) => one.written),
    float.written,
  )!;
  return [
    `float ${number(float.written.value)}, paired difference ${number(difference.value)} ± ${number(difference.half)}`,
    `fused ${number(mean(found.map((one) => one.fused.value)))}`,
    `draws ${found.map((one) => number(one.written.value)).join(' ')}`,
    ...(peer ? [`peer fused ${number(peer.fused.value)}`] : []),
  ].join('; ');
};

const detectorNote = (float: FileScore, found: readonly FileScore[], peer: FileScore | undefined): string =>
  [
    `as written ${found.map((one) => boxes(one.written)).join(' / ')}`,
    `fused ${found.map((one) => boxes(one.fused)).join(' / ')}`,
    `float ${boxes(float.written)}`,
    ...(peer ? [`peer ${boxes(peer.written)}, fused ${boxes(peer.fused)}`] : []),
  ].join('; ');

interface PeerScore {
  readonly who: { readonly name: string; readonly version: string };
  readonly score: FileScore;
  readonly cpuSeconds: number;
  readonly peakRssMiB: number;
  readonly pictures: number;
}

/** The peer on the same pictures; one that fails is reported and leaves our row without a peer. */
async function peerScore(
  bench: BenchContext,
  name: string,
  row: ScoreRow,
  model: BenchModel,
  scorer: Scorer,
): Promise<PeerScore | undefined> {
  const { peer } = row;
  if (!bench.peers || !peer) return undefined;
  const { name: tool, version } = peers[peer.tool];
  const who = { name: `${tool} ${peer.method}`, version };
  let found: PeerScore | undefined;
  await attempt(bench, `${name}: peer ${who.name}`, async () => {
    const { file, ...cost } = await runPeerRow(bench, model, peer, row.pictures);
    found = { who, ...cost, score: await scorer.score(file) };
  });
  return found;
}

/** `layers` of a recipe that gives the first and the last layer with weights another width. */
async function endLayers(file: string, weights: number): Promise<Record<string, unknown>> {
  const model = await readModel(file);
  const layers = layerCosts(model, inferShapes(model)).filter(({ macs, parameters }) => macs && parameters);
  return { [layers[0]!.label]: { weights }, [layers[layers.length - 1]!.label]: { weights } };
}
