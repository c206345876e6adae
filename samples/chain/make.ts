// Makes the sample: pictures/{train,test}/NNN.png with boxes.json, restore.onnx and detect.onnx. Run: node scripts/run-ts.mjs samples/chain/make.ts
//
// With `drawn` it draws only what is learnt from, so that the recipes in learn/ can be run one by one. The networks see none of the pictures in
// the folder while they learn. Equal processors give equal bytes; the order of sums differs between families of them.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { encode } from 'fast-png';
import { runRecipe } from '../../src/engine/api.ts';
import { plainContext } from '../../src/engine/base/context.ts';
import { prepareRecipe, requireResolved } from '../../src/engine/recipe/prepare.ts';
import { createOrtRuntime } from '../../src/engine/runtime/ort-node.ts';
import { drawScene, side } from './draw.ts';

const folder = import.meta.dirname;
const learn = path.join(folder, 'learn');

/** Seeds begin here: none of these pictures is any of the others. */
const firstSeed = { train: 0, test: 1_000_000, drawn: 2_000_000 };

/** Draws pictures into a folder that is emptied before, and writes their boxes. */
function draw(target: string, first: number, count: number): void {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const images = Array.from({ length: count }, (_, i) => {
    const { picture, boxes } = drawScene(first + i);
    const file = `${String(i).padStart(String(count - 1).length, '0')}.png`;
    writeFileSync(
      path.join(target, file),
      encode({ width: side, height: side, data: picture, channels: 3, depth: 8 }, { zlib: { level: 9 } }),
    );
    return JSON.stringify({ file, boxes_xywh: boxes });
  });
  writeFileSync(path.join(target, 'boxes.json'), `{"images": [\n${images.join(',\n')}\n]}\n`);
}

/** Runs a recipe of learn/ and keeps what it trained. */
async function train(name: string): Promise<void> {
  const file = path.join(learn, `${name}.compress.yaml`);
  const prepared = await prepareRecipe({ text: readFileSync(file, 'utf8'), file }, { runs: path.join(learn, 'lathe-runs'), for: 'run' });
  const logger = { debug() {}, info() {}, warn: say, error: say };
  const context = plainContext({ logger });
  const { models, metrics } = await runRecipe(requireResolved(prepared), { runtime: await createOrtRuntime(), context });
  copyFileSync(models.at(-1)!.path, path.join(folder, `${name}.onnx`));
  if (metrics)
    say(
      `${name}: ${metrics.after.metric} ${metrics.after.value.toFixed(1)} ${metrics.after.unit}, untrained ${metrics.before.value.toFixed(1)}`,
    );
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const [only] = process.argv.slice(2);
draw(path.join(folder, 'pictures/train'), firstSeed.train, 64);
draw(path.join(folder, 'pictures/test'), firstSeed.test, 40);
draw(path.join(learn, 'drawn'), firstSeed.drawn, 2400);
if (only !== 'drawn') for (const name of ['restore', 'detect']) await train(name);
