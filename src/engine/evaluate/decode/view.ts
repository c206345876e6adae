import type { Box } from '../../data/types.ts';
import { readComposition, type ComposedLink } from '../../onnx/chain-metadata.ts';
import type { Graph, Model, Node } from '../../onnx/graph.ts';
import { inferShapes, type Shapes } from '../../ops/infer.ts';
import type { FedSize } from './decoder.ts';

/** What lies between the picture that is fed and the one that a chain's last model sees, as far as places in it go. Plain data. */
export type ViewStep =
  | { readonly kind: 'resize'; readonly width: number; readonly height: number }
  | { readonly kind: 'pad'; readonly left: number; readonly top: number; readonly right: number; readonly bottom: number }
  | { readonly kind: 'crop'; readonly left: number; readonly top: number; readonly width: number; readonly height: number }
  /** A model that gives a picture larger or smaller than what it takes. */
  | { readonly kind: 'scale'; readonly x: number; readonly y: number };

/** From pixels of the picture that is fed to those that the last model sees: x' = x * scaleX + offsetX. */
export interface View extends FedSize {
  readonly scaleX: number;
  readonly scaleY: number;
  readonly offsetX: number;
  readonly offsetY: number;
}

/** How a picture of this size is seen behind the steps. */
export function viewOf(fed: FedSize, steps: readonly ViewStep[] = []): View {
  let view: View = { ...fed, scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0 };
  for (const step of steps) {
    if (step.kind === 'pad')
      view = moved(view, step.left, step.top, view.width + step.left + step.right, view.height + step.top + step.bottom);
    else if (step.kind === 'crop') view = moved(view, -step.left, -step.top, step.width, step.height);
    else if (step.kind === 'scale') view = resized(view, Math.round(view.width * step.x), Math.round(view.height * step.y));
    else view = resized(view, step.width, step.height);
  }
  return view;
}

const moved = (view: View, x: number, y: number, width: number, height: number): View => ({
  ...view,
  width,
  height,
  offsetX: view.offsetX + x,
  offsetY: view.offsetY + y,
});

function resized(view: View, width: number, height: number): View {
  const [x, y] = [width / view.width, height / view.height];
  return { width, height, scaleX: view.scaleX * x, scaleY: view.scaleY * y, offsetX: view.offsetX * x, offsetY: view.offsetY * y };
}

/** The way back: a box of the last model in pixels of the picture that is fed, with its landmarks. */
export const backward = <Seen extends Box>(box: Seen, { scaleX, scaleY, offsetX, offsetY }: View): Seen => ({
  ...box,
  x: (box.x - offsetX) / scaleX,
  y: (box.y - offsetY) / scaleY,
  width: box.width / scaleX,
  height: box.height / scaleY,
  ...(box.landmarks
    ? { landmarks: box.landmarks.map((point) => point && [(point[0] - offsetX) / scaleX, (point[1] - offsetY) / scaleY]) }
    : {}),
});

/** The steps in front of a chain's last model; none for any other model, and where the chain's description says nothing that can be used. */
export function viewSteps(model: Model): ViewStep[] {
  const links = linksOf(model);
  const last = links.at(-1);
  if (links.length < 2 || !last) return [];
  const { graph } = model;
  const shapes = inferShapes(model);
  const steps: ViewStep[] = [];
  const seen = new Set<string>();
  for (let at = startOf(graph, last); at !== undefined && !seen.has(at);) {
    seen.add(at);
    const value: string = at;
    const maker = links.find(({ outputs }) => outputs.some((output) => output.value === value));
    if (maker) {
      const start = startOf(graph, maker);
      const scale = start === undefined ? undefined : scaleOf(shapes, start, value);
      if (scale) steps.push(scale);
      at = start;
      continue;
    }
    const node = graph.producer(value);
    if (!node) break;
    const step = stepOf(node, graph, shapes);
    if (step) steps.push(step);
    at = node.inputs[0];
  }
  return steps.reverse();
}

/** The first input of a model: the value behind the seam, or before its last node where that is gone. */
const startOf = (graph: Graph, { inputs: [first] }: ComposedLink): string | undefined =>
  [first?.value, first?.source].find((value) => value !== undefined && graph.defines(value));

function linksOf({ metadata }: Model): readonly ComposedLink[] {
  const found = readComposition(metadata);
  return typeof found === 'object' ? found.links : [];
}

/** What a node of a seam does to places; seams resize, pad and cut height and width of NCHW by constants (chain/seam.ts). */
function stepOf(node: Node, graph: Graph, shapes: Shapes): ViewStep | undefined {
  const numbers = (index: number): number[] => {
    const tensor = graph.initializers.get(node.inputs[index] ?? '');
    return tensor && tensor.size <= 8 ? tensor.toIntegers() : [];
  };
  if (node.op === 'Resize') {
    const [height, width] = numbers(3).slice(-2);
    return height && width ? { kind: 'resize', width, height } : undefined;
  }
  if (node.op === 'Pad') {
    const [, , top = 0, left = 0, , , bottom = 0, right = 0] = numbers(1);
    return { kind: 'pad', left, top, right, bottom };
  }
  if (node.op !== 'Slice') return undefined;
  const [[top = 0, left = 0], [bottom, right]] = [numbers(1), numbers(2)];
  const [, , height, width] = shapes.of(node.outputs[0] ?? '')?.shape ?? [];
  if (typeof height === 'number' && typeof width === 'number') return { kind: 'crop', left, top, width, height };
  return bottom === undefined || right === undefined ? undefined : { kind: 'crop', left, top, width: right - left, height: bottom - top };
}

/** Of pictures in NCHW or NHWC; undefined where the size stays, or is not known. */
function scaleOf(shapes: Shapes, from: string, to: string): ViewStep | undefined {
  const [before, after] = [shapes.of(from)?.shape ?? [], shapes.of(to)?.shape ?? []];
  if (before.length !== 4 || after.length !== 4) return undefined;
  const isLast = (shape: readonly unknown[]): boolean => shape[3] === 1 || shape[3] === 3;
  const size = (shape: readonly unknown[]): unknown[] =>
    isLast(shape) && shape[1] !== 1 && shape[1] !== 3 ? shape.slice(1, 3) : shape.slice(2);
  const [[h, w], [height, width]] = [size(before), size(after)] as [[unknown, unknown], [unknown, unknown]];
  if (![h, w, height, width].every((side) => typeof side === 'number' && side > 0)) return undefined;
  const [x, y] = [(width as number) / (w as number), (height as number) / (h as number)];
  return x === 1 && y === 1 ? undefined : { kind: 'scale', x, y };
}
