import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writePng } from '../../data/formats/write-png.ts';
import { movedBox } from '../../data/landmarks.ts';
import type { InputSettings, LoadedSample, Picture } from '../../data/types.ts';
import { readModel } from '../../onnx/file.ts';
import { encodeModel } from '../../onnx/codec.ts';
import { detect, detectionDefaults, matched } from '../decode/detect.ts';
import type { EvaluateDeps } from '../evaluate.ts';
import type { MetricSetting, Outputs } from '../metric.ts';
import { planesOf } from '../planes.ts';
import { openRunner, type Runner } from '../sessions.ts';
import { canvasOf, drawBox, pictureOf, type Color } from './draw.ts';

/** Pictures that an evaluation writes: what is fed, what passes between models, and what is found. */
export interface PicturesRequest {
  /** Absolute. */
  readonly folder: string;
  /** Values between the models of a chain, and how files are called after them. */
  readonly values: readonly { readonly name: string; readonly value: string }[];
  /** Samples at most, the first of the dataset. */
  readonly most: number;
}

/** A box that was found, one that is none, and one that was missed. */
const colors = { found: [40, 200, 80], false: [235, 60, 50], missed: [250, 200, 20] } as const satisfies Record<string, Color>;

/** Writes pictures of samples while they are evaluated, as PNG files; the same bytes each time. */
export class Album {
  readonly #taken = new Set<string>();
  #files = 0;
  #samples = 0;

  private constructor(
    private readonly request: PicturesRequest,
    private readonly setting: MetricSetting & { readonly input: InputSettings },
    /** What the evaluation measures by. */
    private readonly metric: string,
    /** The model with what passes between its parts as outputs; absent where nothing does. */
    private readonly inner: Runner | undefined,
  ) {}

  static async open(
    model: string,
    request: PicturesRequest,
    setting: MetricSetting,
    metric: string,
    deps: EvaluateDeps,
  ): Promise<Album | undefined> {
    const { input } = setting;
    if (!input) return undefined;
    await mkdir(request.folder, { recursive: true });
    return new Album(request, { ...setting, input }, metric, await openInner(model, request, deps));
  }

  /** Files written so far. */
  get files(): number {
    return this.#files;
  }

  async add(sample: LoadedSample, outputs: Outputs): Promise<void> {
    if (this.#samples++ >= this.request.most) return;
    const name = this.#nameOf(sample.id);
    const { input } = this.setting;
    const fed = pictureOf(planesOf(sample.input, input), input.color);
    await this.#write(`${name}.input.png`, fed);
    if (sample.target) await this.#write(`${name}.target.png`, pictureOf(planesOf(sample.target, input), input.color));
    let last = fed;
    const passed = await this.inner?.outputs(sample);
    for (const { name: value, value: key } of this.request.values) {
      const picture = passed && this.#shown(passed[key], fed);
      if (!picture) continue;
      await this.#write(`${name}.${fileName(value)}.png`, picture);
      if (picture.width === fed.width && picture.height === fed.height) last = picture;
    }
    if (this.metric === 'psnr') {
      const restored = Object.values(outputs).map((tensor) => this.#shown(tensor, fed)).find((picture) => picture); // prettier-ignore
      if (restored) await this.#write(`${name}.output.png`, restored);
    }
    if (this.setting.decode) await this.#write(`${name}.boxes.png`, this.#withBoxes(sample, outputs, last));
  }

  async dispose(): Promise<void> {
    await this.inner?.dispose();
  }

  /** A value as a picture, where it can be one: gray or in colours, and not much smaller than what was fed. */
  #shown(tensor: Outputs[string] | undefined, fed: Picture): Picture | undefined {
    const { input } = this.setting;
    if (tensor?.dims.length !== 4 || tensor.dims[0] !== 1) return undefined;
    const [a, b, c] = tensor.dims.slice(1) as [number, number, number];
    const [channels, height, width] = input.layout === 'nchw' ? [a, b, c] : [c, a, b];
    if ((channels !== 1 && channels !== 3) || height * 4 < fed.height || width * 4 < fed.width) return undefined;
    return pictureOf(planesOf(tensor, input), channels === 1 ? 'gray' : input.color);
  }

  #withBoxes(sample: LoadedSample, outputs: Outputs, on: Picture): Picture {
    const { decode, match } = this.setting;
    const found = detect(sample, outputs, this.setting, decode?.score ?? detectionDefaults.score);
    const labelled = sample.boxes?.map((box) => movedBox(box, sample.geometry));
    const hits = matched(labelled ?? [], found, match?.iou ?? detectionDefaults.iou);
    const canvas = canvasOf(on);
    const hit = new Set(hits.values());
    for (const box of labelled ?? []) if (!hit.has(box)) drawBox(canvas, box, colors.missed);
    found.forEach((box, i) => drawBox(canvas, box, !labelled || hits.has(i) ? colors.found : colors.false));
    return canvas;
  }

  async #write(file: string, picture: Picture): Promise<void> {
    await writeFile(path.join(this.request.folder, file), writePng(picture));
    this.#files++;
  }

  /** The sample's path without its ending as one name; two that would be the same get numbers. */
  #nameOf(id: string): string {
    const plain = fileName(id.replace(/\.[^./]*$/, ''));
    let name = plain;
    for (let i = 2; this.#taken.has(name.toLowerCase()); i++) name = `${plain}-${i}`;
    this.#taken.add(name.toLowerCase());
    return name;
  }
}

/** Characters of a file name on every system, and not more than they take. */
const fileName = (text: string): string =>
  text
    .replaceAll(/[^\w.-]+/g, '_')
    .replace(/^\.+/, '_')
    .slice(-100) || '_';

async function openInner(file: string, { values }: PicturesRequest, deps: EvaluateDeps): Promise<Runner | undefined> {
  if (values.length === 0) return undefined;
  const model = await readModel(file);
  const { graph } = model;
  const added = values.filter(({ value }) => graph.defines(value) && !graph.isOutput(value));
  graph.outputs = [...graph.outputs, ...added.map(({ value }) => ({ name: value }))];
  return openRunner(encodeModel(model), model, 'all', deps);
}
