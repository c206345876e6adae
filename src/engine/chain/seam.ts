import { LatheError } from '../base/errors.ts';
import { planFit, type FitPlan } from '../data/fit.ts';
import { attributes, floatAttribute, Node, type Attribute, type Dim, type Graph } from '../onnx/graph.ts';
import { Tensor } from '../onnx/tensor.ts';
import { formatShape } from '../ops/shape/dims.ts';
import type { Color, SeamSettings } from './link.ts';

/** A picture in the graph: where it is and what it is like. */
export interface SeamPicture {
  readonly value: string;
  readonly shape: readonly Dim[];
  readonly layout: 'nchw' | 'nhwc';
  /** Order of its channels; undefined: not known. */
  readonly color: Color | undefined;
}

/** First opset whose Resize takes two axes alone and widens its filter. */
export const resizeOpset = 18;

type Operand = string | Tensor;

/** Adds the nodes of one seam one after another, in NCHW, each made of ONNX's own operators. */
class SeamWriter {
  #count = 0;

  constructor(
    private readonly graph: Graph,
    private readonly prefix: string,
    public value: string,
    /** Of one picture, in NCHW. */
    public shape: Dim[],
  ) {}

  add(op: string, operands: readonly Operand[], settings: Record<string, number | string | readonly number[] | Attribute> = {}): void {
    const name = `${this.prefix}/${op}${this.#count === 0 ? '' : `_${this.#count}`}`;
    this.#count++;
    const inputs = [
      this.value,
      ...operands.map((operand, at) => (typeof operand === 'string' ? operand : this.#constant(`${name}/${at + 1}`, operand))),
    ];
    this.graph.add(new Node(name, op, inputs, [`${name}/output`], attributes(settings)));
    this.value = `${name}/output`;
  }

  #constant(name: string, tensor: Tensor): string {
    this.graph.initializers.set(name, tensor);
    return name;
  }
}

/**
 * Adds what turns a picture into what the next model takes: resize and crop as `data.input` does them, colour, scale, mean, std, layout.
 * Returns the value of its end, which is the picture's own where nothing is to be done. Throws `chain.seam` with the place.
 */
export function addSeam(
  graph: Graph,
  prefix: string,
  picture: SeamPicture,
  wanted: SeamSettings & { layout: 'nchw' | 'nhwc' },
): SeamPicture {
  const changes =
    wanted.resize ??
    wanted.crop ??
    wanted.scale ??
    wanted.mean ??
    wanted.std ??
    (wanted.color === picture.color ? undefined : wanted.color);
  if (picture.shape.length !== 4) {
    if (changes === undefined) return picture;
    throw seamError(prefix, `what comes in is no picture: ${formatShape(picture.shape)}`);
  }
  if (changes === undefined && picture.layout === wanted.layout) return picture;
  const [n, ...rest] = picture.shape as [Dim, Dim, Dim, Dim];
  const shape = picture.layout === 'nchw' ? [n, ...rest] : [n, rest[2]!, rest[0]!, rest[1]!];
  const writer = new SeamWriter(graph, prefix, picture.value, shape);
  if (picture.layout === 'nhwc') writer.add('Transpose', [], { perm: [0, 3, 1, 2] });
  fit(writer, prefix, wanted);
  const color = recolor(writer, prefix, picture.color, wanted.color);
  normalize(writer, prefix, wanted);
  if (wanted.layout === 'nhwc') writer.add('Transpose', [], { perm: [0, 2, 3, 1] });
  const [batch, channels, height, width] = writer.shape as [Dim, Dim, Dim, Dim];
  return {
    value: writer.value,
    shape: wanted.layout === 'nchw' ? [batch, channels, height, width] : [batch, height, width, channels],
    layout: wanted.layout,
    color,
  };
}

function fit(writer: SeamWriter, prefix: string, { resize, crop }: SeamSettings): void {
  if (!resize && !crop) return;
  const [height, width] = writer.shape.slice(2) as [Dim, Dim];
  const needsSize = !resize || resize.fit !== 'stretch';
  if (needsSize && (typeof height !== 'number' || typeof width !== 'number')) {
    throw seamError(
      prefix,
      `the size of what comes in is not known (${formatShape(writer.shape)}), and ${resize ? `fit: ${resize.fit}` : 'crop'} needs it`,
    );
  }
  const plan = planFit(Number(width), Number(height), { ...(resize ? { resize } : {}), ...(crop ? { crop } : {}) });
  if (resize && (plan.width !== width || plan.height !== height)) addResize(writer, plan, resize);
  addWindow(writer, plan);
}

/** Sample positions are pixel centres; `antialias` widens the filter as Pillow does (cubic with a = -0.5), without it as OpenCV (-0.75). */
function addResize(writer: SeamWriter, { width, height }: FitPlan, { mode, antialias }: NonNullable<SeamSettings['resize']>): void {
  const kind: Record<string, string | number | Attribute> =
    mode === 'nearest'
      ? { mode: 'nearest', nearest_mode: 'round_prefer_ceil' }
      : {
          mode: mode === 'bilinear' ? 'linear' : 'cubic',
          antialias: antialias ? 1 : 0,
          exclude_outside: antialias ? 1 : 0,
          cubic_coeff_a: floatAttribute(antialias ? -0.5 : -0.75),
        };
  writer.add('Resize', ['', '', Tensor.int64([2], [height, width])], {
    ...kind,
    axes: [2, 3],
    coordinate_transformation_mode: 'half_pixel',
  });
  writer.shape = [...writer.shape.slice(0, 2), height, width];
}

/** The part of the picture that is taken; what lies outside it is filled first, since the part may lie outside altogether. */
function addWindow(writer: SeamWriter, { width, height, window, value }: FitPlan): void {
  const [top, left] = [Math.max(0, -window.top), Math.max(0, -window.left)];
  const [bottom, right] = [Math.max(0, window.top + window.height - height), Math.max(0, window.left + window.width - width)];
  if (top + left + bottom + right > 0) {
    const pads = Tensor.int64([8], [0, 0, top, left, 0, 0, bottom, right]);
    writer.add('Pad', [pads, Tensor.float32([], [value])], { mode: 'constant' });
  }
  const start = [window.top + top, window.left + left];
  const end = [start[0]! + window.height, start[1]! + window.width];
  if (start[0] !== 0 || start[1] !== 0 || end[0]! < top + height + bottom || end[1]! < left + width + right) {
    writer.add('Slice', [Tensor.int64([2], start), Tensor.int64([2], end), Tensor.int64([2], [2, 3])]);
  }
  writer.shape = [...writer.shape.slice(0, 2), window.height, window.width];
}

/** ITU-R BT.601 luma, as pictures are made gray when they are read. */
const luma = { rgb: [0.299, 0.587, 0.114], bgr: [0.114, 0.587, 0.299] };
const channelsOf = (color: Color): number => (color === 'gray' ? 1 : 3);

function recolor(writer: SeamWriter, prefix: string, from: Color | undefined, to: Color | undefined): Color | undefined {
  if (to === undefined || from === to) return from;
  if (from === undefined)
    throw seamError(
      prefix,
      `it is not known which colours come in, and ${to} is asked for`,
      'Say `color` in `data.input` or at the model before.',
    );
  const channels = writer.shape[1];
  if (typeof channels === 'number' && channels !== channelsOf(from)) {
    throw seamError(prefix, `${channels} channels come in, and ${from} has ${channelsOf(from)}`);
  }
  if (to === 'gray') writer.add('Conv', [Tensor.float32([1, 3, 1, 1], luma[from as 'rgb' | 'bgr'])]);
  else if (from === 'gray') writer.add('Concat', [writer.value, writer.value], { axis: 1 });
  else writer.add('Gather', [Tensor.int64([3], [2, 1, 0])], { axis: 1 });
  writer.shape = [writer.shape[0]!, channelsOf(to), ...writer.shape.slice(2)];
  return to;
}

function normalize(writer: SeamWriter, prefix: string, { scale = 1, mean = [0], std = [1] }: SeamSettings): void {
  const channels = writer.shape[1];
  const perChannel = (values: readonly number[], key: string): Tensor => {
    if (values.length > 1 && typeof channels === 'number' && values.length !== channels) {
      throw seamError(prefix, `${key} has ${values.length} numbers for ${channels} channels`);
    }
    return Tensor.float32([1, values.length, 1, 1], values);
  };
  if (scale !== 1) writer.add('Mul', [Tensor.float32([], [scale])]);
  if (mean.some((value) => value !== 0)) writer.add('Sub', [perChannel(mean, 'mean')]);
  if (std.some((value) => value !== 1)) writer.add('Div', [perChannel(std, 'std')]);
}

const seamError = (prefix: string, message: string, hint?: string): LatheError =>
  new LatheError('chain.seam', `${prefix}: ${message}`, hint === undefined ? {} : { hint });
