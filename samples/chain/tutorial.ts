// Makes what docs/guide/restore-then-detect.md shows: prints its table and draws its picture. Run: node scripts/run-ts.mjs samples/chain/tutorial.ts
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runJob } from '../../src/engine/api.ts';
import { plainContext } from '../../src/engine/base/context.ts';
import { decodePicture } from '../../src/engine/data/formats/index.ts';
import { writePng } from '../../src/engine/data/formats/write-png.ts';
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
const shown = ['03', '08', '13', '21', '30', '36'];

/** How many times its size a picture is shown at, and the white between pictures. */
const [zoom, gap] = [2, 4];

const darkness = [{ darken: { scale: 0.06, gamma: 1.2 } }, { noise: { sigma: 1.5 } }];
const color = { color: 'rgb', scale: '1/255' } as const;
/** What the models take. */
const restored = { ...color, mean: 0, std: 1 };
const daylight = { ...color, mean: 0.5, std: 0.25 };
const boxes = { labels: 'boxes.json', decode: { kind: 'yunet' } } as const;
const rounding = { weights: 4, activations: 8 };

/** One row of the guide's table. */
export interface Stage {
  readonly title: string;
  readonly found: number;
  readonly false: number;
  readonly total: number;
  readonly ap50: number;
  /** Weights, packed; absent where it is that of the row above. */
  readonly bytes?: number;
  /** Where its pictures are. */
  readonly pictures: string;
}

export interface Tutorial {
  readonly stages: readonly Stage[];
  /** The run of chain.compress.yaml. */
  readonly joint: RunDocument;
}

/** Runs everything that the guide tells of, in a folder of its own. */
export async function runTutorial(work: string): Promise<Tutorial> {
  const deps = { context: plainContext(), onProgress: () => {}, onRunFolder: () => {} };
  const run = async (resolved: ResolvedRecipe): Promise<RunDocument> =>
    (await runJob({ kind: 'run', recipe: { resolved } }, deps)) as RunDocument;
  const runs = path.join(work, 'runs');

  const object = async (value: Record<string, unknown>): Promise<RunDocument> => {
    const { resolved, issues } = await prepareObject({ version: 1, ...value }, { folder, runs, for: 'run' });
    if (!resolved) throw new Error(issues.map(({ message }) => message).join('; '));
    return run(resolved);
  };

  const stage = async (title: string, model: string, input: object, bytes?: number): Promise<Stage> => {
    const pictures = path.join(work, title.replaceAll(/\W+/g, '-'));
    const source = { path: 'pictures/test', ...boxes, degrade: darkness };
    const job = { kind: 'evaluate', model, task: 'detection', data: { source, folder, input }, seed: 0, pictures } as const;
    const { value, extra } = (await runJob(job as never, deps)) as EvaluateDocument;
    const { found, false: wrong, total } = extra as Record<'found' | 'false' | 'total', number>;
    return { title, found, false: wrong, total, ap50: Number(value), ...(bytes === undefined ? {} : { bytes }), pictures };
  };

  const file = path.join(folder, 'chain.compress.yaml');
  const joint = await run(requireResolved(await prepareRecipe({ text: readFileSync(file, 'utf8'), file }, { runs, for: 'run' })));
  const [whole, trained] = [joint.models[0]!, joint.models.at(-1)!];

  // Each by itself, as if the other one were not there: on what it was made for.
  const restore = await object({
    model: 'restore.onnx',
    data: { input: restored, calibration: { path: 'pictures/train', degrade: darkness } },
    steps: [{ quantize: rounding }],
  });
  const detect = await object({
    model: 'detect.onnx',
    data: { input: daylight, calibration: { path: 'pictures/train' } },
    steps: [{ quantize: rounding }],
  });
  const seam = { from: 'restore', mean: daylight.mean, std: daylight.std };
  const alone = await object({
    models: { restore: { model: restore.models.at(-1)!.path }, detect: { model: detect.models.at(-1)!.path, input: seam } },
    chain: ['restore', 'detect'],
    data: { input: restored },
    steps: [],
  });

  const stages = [
    await stage('the detector alone', path.join(folder, 'detect.onnx'), daylight, joint.models[0]!.packedBytes),
    await stage('the chain in float', whole.path, restored, whole.packedBytes),
    await stage('4 bits, each model alone', alone.models[0]!.path, restored, trained.packedBytes),
    await stage('4 bits, trained as one', trained.path, restored, trained.packedBytes),
  ];
  return { stages, joint };
}

/** What is fed, what becomes of it, and the boxes of each stage, one row each, for some of the test pictures. */
export async function drawSheet({ stages }: Tutorial): Promise<Picture> {
  const float = stages[1]!.pictures;
  const rows = [
    shown.map((name) => path.join(float, `${name}.input.png`)),
    shown.map((name) => path.join(float, `${name}.restore.output.png`)),
    ...stages.map(({ pictures }) => shown.map((name) => path.join(pictures, `${name}.boxes.png`))),
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
          for (let c = 0; c < 3; c++) data[3 * to + c] = picture.data[from + (picture.channels === 3 ? c : 0)]!;
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
    ...stages.map(({ title, found, total, ap50, bytes, ...stage }) => {
      const cells = [
        title,
        `${found} of ${total}`,
        String(stage.false),
        `${ap50.toFixed(1)} %`,
        bytes ? `${Math.round(bytes / 1000)} kB` : '',
      ];
      return `| ${cells.join(' | ')} |`;
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
