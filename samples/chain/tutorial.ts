// Makes what docs/guide/restore-then-detect.md shows: prints its table and draws its picture. Run: node scripts/run-ts.mjs samples/chain/tutorial.ts
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runJob } from '../../src/engine/api.ts';
import { plainContext } from '../../src/engine/base/context.ts';
import { decodePicture } from '../../src/engine/data/formats/index.ts';
import { writePng } from '../../src/engine/data/formats/write-png.ts';
import type { InputDeclaration } from '../../src/engine/data/source.ts';
import type { Picture } from '../../src/engine/data/types.ts';
import { prepareObject, prepareRecipe, requireResolved } from '../../src/engine/recipe/prepare.ts';
import type { ResolvedRecipe } from '../../src/engine/recipe/types.ts';
import type { EvaluateDocument } from '../../src/protocol/results/evaluate.ts';
import type { RunDocument } from '../../src/protocol/results/run.ts';
import { side } from './draw.ts';

const folder = import.meta.dirname;

/** The picture of the guide. */
export const sheetFile = path.resolve(folder, '../../docs/pictures/restore-then-detect.png');

/** Test pictures that are shown. */
const shown = ['01', '11', '19', '33', '39'];

/** How many times its size a picture is shown at, and the white between pictures. */
const [zoom, gap] = [2, 4];

/** Stages whose boxes are shown. */
const shownStages = 4;

const darkness = [{ darken: { scale: 0.06, gamma: 1.2 } }, { noise: { sigma: 1.5 } }];
const color = { color: 'rgb', scale: '1/255' } as const;
/** What the models take. */
const restored = { ...color, mean: 0, std: 1 };
const daylight = { ...color, mean: 0.5, std: 0.25 };
const boxes = { labels: 'boxes.json', decode: { kind: 'yunet' } } as const;
/** Bits of the weights in the recipe, and fewer. */
export const tried = [3, 2] as const;
const activations = 8;

/** One row of the guide's table. */
export interface Stage {
  readonly title: string;
  readonly found: number;
  readonly false: number;
  readonly total: number;
  readonly ap50: number;
  /** What the weights take, by their bits. */
  readonly weightBytes: number;
  /** Where its pictures are. */
  readonly pictures: string;
}

export interface Tutorial {
  readonly stages: readonly Stage[];
  /** The run of chain.compress.yaml. */
  readonly joint: RunDocument;
}

/** What a run works with. */
interface Place {
  /** For runs and pictures. */
  readonly work: string;
  run(resolved: ResolvedRecipe): Promise<RunDocument>;
}

const deps = { context: plainContext(), onProgress: () => {}, onRunFolder: () => {} };

/** Runs what the guide tells of, in a folder of its own: weights of `bits`, of each model alone and of both as one. The first is the recipe's. */
export async function runTutorial(work: string, bits: readonly number[] = tried): Promise<Tutorial> {
  const place: Place = { work, run: async (resolved) => (await runJob({ kind: 'run', recipe: { resolved } }, deps)) as RunDocument };
  const stages: Stage[] = [];
  let first: RunDocument | undefined;
  for (const weights of bits) {
    const joint = await trainedAsOne(weights, place);
    const [whole, trained] = [joint.models[0]!, joint.models.at(-1)!];
    if (!first) {
      stages.push(await measure('the detector alone', path.join(folder, 'detect.onnx'), { input: daylight, weightBytes: 0 }, place));
      stages.push(await measure('both, in float', whole.path, { input: restored, weightBytes: 4 * whole.parameters }, place));
    }
    const taken = { input: restored, weightBytes: (trained.parameters * (trained.weightBits ?? 32)) / 8 };
    stages.push(await measure(`${weights} bits, each alone`, await eachAlone(weights, place), taken, place));
    stages.push(await measure(`${weights} bits, trained as one`, trained.path, taken, place));
    first ??= joint;
  }
  return { stages, joint: first! };
}

/** The recipe of the sample, with other widths where they are asked for. */
async function trainedAsOne(weights: number, { work, run }: Place): Promise<RunDocument> {
  const file = path.join(folder, 'chain.compress.yaml');
  const text = readFileSync(file, 'utf8').replace(/qat: \{ weights: \d/, `qat: { weights: ${weights}`);
  return run(requireResolved(await prepareRecipe({ text, file }, { runs: path.join(work, 'runs'), for: 'run' })));
}

/** Each model rounded as if the other one were not there, on what it was made for; then one behind the other. Returns the file of the whole. */
async function eachAlone(weights: number, { work, run }: Place): Promise<string> {
  const options = { folder, runs: path.join(work, 'runs'), for: 'run' } as const;
  const last = async (value: Record<string, unknown>): Promise<string> => {
    const { resolved, issues } = await prepareObject({ version: 1, ...value }, options);
    if (!resolved) throw new Error(issues.map(({ message }) => message).join('; '));
    return (await run(resolved)).models.at(-1)!.path;
  };
  const steps = [{ quantize: { weights, activations } }];
  const pictures = { path: 'pictures/train' };
  const dark = { input: restored, calibration: { ...pictures, degrade: darkness } };
  const restore = await last({ model: 'restore.onnx', data: dark, steps });
  const detect = await last({ model: 'detect.onnx', data: { input: daylight, calibration: pictures }, steps });
  const input = { from: 'restore', mean: daylight.mean, std: daylight.std };
  const models = { restore: { model: restore }, detect: { model: detect, input } };
  return last({ models, chain: Object.keys(models), data: { input: restored }, steps: [] });
}

/** On the test pictures in the dark. */
async function measure(
  title: string,
  model: string,
  { input, weightBytes }: { input: InputDeclaration; weightBytes: number },
  { work }: Place,
): Promise<Stage> {
  const pictures = path.join(work, title.replaceAll(/\W+/g, '-'));
  const source = { path: 'pictures/test', ...boxes, degrade: darkness };
  const document = await runJob({ kind: 'evaluate', model, task: 'detection', data: { source, folder, input }, seed: 0, pictures }, deps);
  const { value, extra } = document as EvaluateDocument;
  const { found, false: wrong, total } = extra as Record<'found' | 'false' | 'total', number>;
  return { title, found, false: wrong, total, ap50: Number(value), weightBytes, pictures };
}

/** What is fed, what becomes of it, and the boxes of each stage, one row each, for some of the test pictures. */
export async function drawSheet({ stages }: Tutorial): Promise<Picture> {
  const float = stages[1]!.pictures;
  const rows = [
    shown.map((name) => path.join(float, `${name}.input.png`)),
    shown.map((name) => path.join(float, `${name}.restore.output.png`)),
    ...stages.slice(1, shownStages).map(({ pictures }) => shown.map((name) => path.join(pictures, `${name}.boxes.png`))),
  ];
  const place = (count: number): number => count * (zoom * side + gap);
  const sheet = { width: place(shown.length) - gap, height: place(rows.length) - gap, channels: 3 as const };
  const data = new Uint8Array(sheet.width * sheet.height * 3).fill(255);
  for (const [row, files] of rows.entries()) {
    for (const [column, file] of files.entries()) {
      const { picture } = await decodePicture(readFileSync(file));
      for (let y = 0; y < zoom * side; y++) {
        for (let x = 0; x < zoom * side; x++) {
          const from = (Math.floor(y / zoom) * side + Math.floor(x / zoom)) * picture.channels;
          const to = (place(row) + y) * sheet.width + place(column) + x;
          // Few levels make a small file.
          for (let c = 0; c < 3; c++) data[3 * to + c] = picture.data[from + (picture.channels === 3 ? c : 0)]! & 0xf0;
        }
      }
    }
  }
  return { ...sheet, data };
}

/** The guide's table. */
export const tableOf = ({ stages }: Tutorial): string =>
  [
    '| | found | false | AP50 | weights |',
    '| --- | --- | --- | --- | --- |',
    ...stages.map(({ title, found, total, ap50, weightBytes, ...stage }) => {
      const size = weightBytes ? `${Math.round(weightBytes / 1000)} kB` : '';
      return `| ${title} | ${found} of ${total} | ${stage.false} | ${ap50.toFixed(1)} % | ${size} |`;
    }),
  ].join('\n');

if (process.argv[1] === path.join(folder, 'tutorial.ts')) {
  const work = mkdtempSync(path.join(os.tmpdir(), 'lathe-tutorial-'));
  const tutorial = await runTutorial(work);
  mkdirSync(path.dirname(sheetFile), { recursive: true });
  writeFileSync(sheetFile, writePng(await drawSheet(tutorial)));
  process.stdout.write(`${tableOf(tutorial)}\n`);
  rmSync(work, { recursive: true });
}
