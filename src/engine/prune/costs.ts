import type { PrunedExtent, PruningProfile } from '../../protocol/pruning.ts';
import type { Dim, Model, Node } from '../onnx/graph.ts';
import { inferShapes, type Shapes } from '../ops/infer.ts';
import { layerCosts } from '../ops/cost.ts';
import { recordIn, weightsOf, carries, type Weight } from '../ops/measure/weights.ts';
import type { Coupling } from './groups/types.ts';

/** Length of a side of the picture that costs are told for while the model leaves it free: a multiple of every usual stride. */
const assumedSide = 320;

/** By axis: what each group has there. */
type Axes = Map<number, PrunedExtent['groups']>;

/**
 * What the model costs at any widths: its layers' multiply-adds for one picture and its weights as products of extents. Where the size of the picture is free,
 * multiply-adds are those at `assumed`. `minimum` of the groups is 1. Throws `model.shape` where the model contradicts itself.
 */
export function pruningProfile(model: Model, coupling: Coupling, shapes: Shapes = inferShapes(model)): PruningProfile {
  const sized = withPictureSize(model, shapes);
  const places = new PrunedPlaces(coupling);
  return {
    groups: coupling.groups.map(({ name, channels, makers, readers }) => ({
      name,
      channels,
      minimum: 1,
      makers: makers.map(({ label }) => label),
      readers: readers.map(({ label }) => label),
    })),
    kept: coupling.kept.map(({ name, channels, reason }) => ({ name, channels, reason })),
    layers: layersOf(model, sized.shapes, places),
    tensors: tensorsOf(model, sized.shapes, places),
    ...(sized.assumed ? { assumed: sized.assumed } : {}),
  };
}

function layersOf(model: Model, shapes: Shapes, places: PrunedPlaces): PruningProfile['layers'] {
  return layerCosts(model, shapes)
    .filter(({ macs }) => macs !== null && macs > 0)
    .map(({ node, label, op, macs }) => ({ name: label, op, macs: macs!, extents: layerExtents(node, shapes, places) }));
}

/** A layer with weights multiplies each of their elements equally often; a product of two activations is output by depth. */
function layerExtents(node: Node, shapes: Shapes, places: PrunedPlaces): PrunedExtent[] {
  const { root } = shapes;
  const role = recordIn(root, node)?.quantize;
  const weight = role?.kind === 'compute' ? storedName(shapes, node.inputs[role.weight] ?? '') : undefined;
  if (weight !== undefined) return places.inTensor(weight, root.graph.constant(weight)!.dims);
  const [left = '', output = ''] = [node.inputs[0], node.outputs[0]];
  const [depth, made] = [shapes.of(left)?.shape ?? [], shapes.of(output)?.shape ?? []];
  return [...places.inValue(output, made), ...places.inValue(left, depth, depth.length - 1)];
}

/** Every weight that `inspect` counts, once. */
function tensorsOf(model: Model, shapes: Shapes, places: PrunedPlaces): PruningProfile['tensors'] {
  const { root } = shapes.forOnePicture(model);
  const names = new Map([...root.graph.initializers].map(([name, tensor]) => [tensor as object, name]));
  for (const { op, outputs } of root.nodes) {
    const made = op === 'Constant' ? root.graph.constant(outputs[0] ?? '') : undefined;
    if (made) names.set(made, outputs[0]!);
  }
  const seen = new Map<object, { weight: Weight; layer: string }>();
  const visit = (scope: typeof root, layer?: string): void => {
    for (const node of scope.nodes) {
      for (const weight of weightsOf(scope, node))
        if (!seen.has(weight.identity)) seen.set(weight.identity, { weight, layer: layer ?? node.label });
      for (const inner of scope.inner.get(node) ?? []) visit(inner, layer ?? node.label);
    }
  };
  visit(root);
  return [...seen.values()].map(({ weight, layer }) => {
    const name = names.get(weight.identity) ?? '';
    return {
      layer,
      elements: weight.parameters,
      bytes: weight.parameters === 0 ? 0 : weight.bytes / weight.parameters,
      extents: places.inTensor(name, root.graph.constant(name)?.dims ?? []),
    };
  });
}

type AxesByName = Map<string, Axes>;

/** Where the groups have their channels in stored tensors and in values. */
class PrunedPlaces {
  readonly #tensors: AxesByName = new Map();
  readonly #values: AxesByName = new Map();
  readonly #channels: readonly number[];

  constructor(coupling: Coupling) {
    this.#channels = coupling.groups.map(({ channels }) => channels);
    coupling.groups.forEach(({ slices, values, channels }, index) => {
      // A tensor of several readers is told for each of them: coordinates count once.
      const cuts = new Map<string, { readonly tensor: string; readonly axis: number; readonly coordinates: Set<number> }>();
      for (const { tensor, axis, places } of slices) {
        const key = JSON.stringify([tensor, axis]);
        const cut = cuts.get(key) ?? { tensor, axis, coordinates: new Set() };
        for (const each of places) for (const coordinate of each) cut.coordinates.add(coordinate);
        cuts.set(key, cut);
      }
      for (const { tensor, axis, coordinates } of cuts.values()) enter(this.#tensors, tensor, axis, index, coordinates.size / channels);
      for (const [value, { axis, places }] of values) {
        enter(this.#values, value, axis, index, places.reduce((sum, { length }) => sum + length, 0) / channels); // prettier-ignore
      }
    });
  }

  inTensor(name: string, dims: readonly Dim[]): PrunedExtent[] {
    return this.#extents(this.#tensors.get(name), dims);
  }

  /** On all axes, or on one. */
  inValue(name: string, dims: readonly Dim[], only?: number): PrunedExtent[] {
    return this.#extents(this.#values.get(name), dims, only);
  }

  #extents(axes: Axes | undefined, dims: readonly Dim[], only?: number): PrunedExtent[] {
    return [...(axes ?? [])].flatMap(([axis, groups]) => {
      const length = dims[axis];
      if (typeof length !== 'number' || length === 0 || (only !== undefined && axis !== only)) return [];
      return [{ fixed: groups.reduce((rest, [group, places]) => rest - places * this.#channels[group]!, length), groups }];
    });
  }
}

function enter(all: AxesByName, name: string, axis: number, group: number, places: number): void {
  if (places === 0) return;
  const axes: Axes = all.get(name) ?? new Map();
  all.set(name, axes.set(axis, [...(axes.get(axis) ?? []), [group, places]]));
}

/** The stored tensor behind a weight, through what only carries it along. */
function storedName({ root }: Shapes, value: string): string | undefined {
  for (let name = value; name !== '';) {
    if (root.graph.constant(name)) return name;
    const producer = root.graph.producer(name);
    if (!producer || !carries(root, producer)) return undefined;
    name = producer.inputs[0] ?? '';
  }
  return undefined;
}

/** Shapes in which free sides of pictures have a length, where multiply-adds need one. */
function withPictureSize(model: Model, shapes: Shapes): { readonly shapes: Shapes; readonly assumed?: string } {
  const one = shapes.forOnePicture(model);
  if (layerCosts(model, one).every(({ macs }) => macs !== null)) return { shapes: one };
  const bind = Object.fromEntries(
    model.graph.requiredInputs.flatMap(({ name }) => {
      const shape = one.of(name)?.shape;
      return shape ? [[name, shape.map((dim) => (typeof dim === 'number' ? dim : assumedSide))]] : [];
    }),
  );
  return { shapes: inferShapes(model, { bind }), assumed: `free sides of ${assumedSide}` };
}
