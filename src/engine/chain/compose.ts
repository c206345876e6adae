import { LatheError } from '../base/errors.ts';
import { Graph, Model, Node, type Dim, type ValueInfo } from '../onnx/graph.ts';
import { cloneModel } from '../onnx/clone.ts';
import { inferShapes } from '../ops/infer.ts';
import { formatShape } from '../ops/shape/dims.ts';
import { upgradeOpset } from '../simplify/upgrade-opset.ts';
import { nameInChain as nameIn } from '../recipe/chain.ts';
import type { Link, Seam } from './link.ts';
import { renamedFunctions, renamedGraph } from './rename.ts';
import { addSeam, resizeOpset, type SeamPicture } from './seam.ts';

/** Metadata of a composed model: how it came from its models, for splitting it again. */
export const chainMetadataKey = 'lathe.chain';

/** Where each model lies in the whole. Plain data. */
export interface Composition {
  readonly links: readonly {
    readonly alias: string;
    /** Of the model's inputs and outputs: its own name, and the value in the whole. */
    /** `source`: the value before the seam's last node, for when that node is gone. */
    readonly inputs: readonly { readonly name: string; readonly value: string; readonly source?: string }[];
    readonly outputs: readonly { readonly name: string; readonly value: string }[];
  }[];
}

/**
 * Several models as one graph. Names get the alias of their model and a colon before them; conversions between two models are nodes of
 * `seam:ALIAS/INPUT`. Inputs without a seam are inputs of the whole, outputs that no other model takes its outputs, in the order of
 * the chain, under their own names where these are unique; `keep` names outputs that stay so although they are taken. Throws `chain.*` with alias and input.
 */
export function composeChain(
  links: readonly Link[],
  keep: readonly { alias: string; value: string }[] = [],
): { model: Model; composition: Composition } {
  if (links.length === 0) throw new LatheError('chain.empty', 'the chain has no model');
  const opened = atOneOpset(links);
  const whole = new Model(new Graph());
  whole.graph.name = links.map(({ alias }) => alias).join(' → ');
  whole.irVersion = Math.max(...opened.map(({ model }) => model.irVersion));
  joinOpsets(whole, opened);
  const pictures = new Map<string, SeamPicture>();
  const taken = new Set<string>();
  const composition: Composition['links'][number][] = [];
  for (const link of opened) composition.push(addLink(whole, link, pictures, taken));
  whole.graph.outputs = outputsOf(opened, taken, keep);
  fixBatch(whole, opened);
  const plain = withPlainNames(whole.graph, { links: composition });
  whole.metadata.set(chainMetadataKey, JSON.stringify(plain));
  return { model: whole, composition: plain };
}

/** Copies of the models in the newest opset among them; Resize of two axes, where a seam needs it. */
function atOneOpset(links: readonly Link[]): Link[] {
  const resizes = links.some(({ seams }) => Object.values(seams).some(({ resize }) => resize !== undefined));
  const opset = Math.max(...links.map(({ model }) => model.opset), resizes ? resizeOpset : 0);
  return links.map((link) => {
    const model = cloneModel(link.model);
    model.graph.detachWeightInputs();
    upgradeOpset(model, opset);
    return { ...link, model };
  });
}

function joinOpsets(whole: Model, links: readonly Link[]): void {
  for (const { alias, model } of links) {
    for (const [domain, version] of model.opsets) {
      const known = whole.opsets.get(domain === 'ai.onnx' ? '' : domain);
      if (known !== undefined && known !== version) {
        throw new LatheError(
          'chain.opset',
          `${alias} uses version ${version} of the operators of ${JSON.stringify(domain)}, a model before it version ${known}`,
          {
            file: model.path,
            hint: 'Export both with the same version.',
          },
        );
      }
      whole.opsets.set(domain === 'ai.onnx' ? '' : domain, version);
    }
  }
}

function addLink(whole: Model, link: Link, pictures: Map<string, SeamPicture>, taken: Set<string>): Composition['links'][number] {
  const { alias, model, seams } = link;
  const shapes = inferShapes(model);
  const { graph: part, functions } = prefixed(model, alias);
  const { graph } = whole;
  whole.functions.push(...functions);
  const layout = link.layout ?? 'nchw';
  const inputs = model.graph.inputs.map(({ name }) => {
    const wanted = shapes.of(name)?.shape ?? [];
    const seam = Object.hasOwn(seams, name) ? seams[name] : undefined;
    const value = nameIn(alias, name);
    if (!seam) {
      graph.inputs = [...graph.inputs, part.inputs.find((input) => input.name === value)!];
      pictures.set(value, { value, shape: wanted, layout, color: link.color });
      return { name, value };
    }
    const end = enter(graph, link, name, seam, pictures, taken);
    checkShape(alias, name, end.shape, wanted);
    pictures.set(value, end);
    // The value keeps its name in the whole, so that the model can be found and taken out again.
    graph.add(new Node(`seam:${alias}/${name}`, 'Identity', [end.value], [value]));
    return { name, value, source: end.value };
  });
  for (const [name, tensor] of part.initializers) graph.initializers.set(name, tensor);
  for (const [name, info] of part.valueInfo) if (!hasNamedDims(info)) graph.valueInfo.set(name, info);
  for (const node of part.nodes) graph.add(node);
  // A model that keeps the size keeps the colours too; of any other it is not known, and never asked.
  const color = pictures.get(inputs[0]?.value ?? '')?.color;
  const outputs = model.graph.outputs.map(({ name }) => {
    const value = nameIn(alias, name);
    const shape = shapes.of(name)?.shape ?? [];
    pictures.set(value, {
      value,
      shape,
      layout,
      color: channelsIn(shape, layout) === channelsIn(pictures.get(inputs[0]?.value ?? '')?.shape ?? [], layout) ? color : undefined,
    });
    return { name, value };
  });
  return { alias, inputs, outputs };
}

function enter(
  graph: Graph,
  { alias, layout }: Link,
  input: string,
  seam: Seam,
  pictures: ReadonlyMap<string, SeamPicture>,
  taken: Set<string>,
): SeamPicture {
  const from = nameIn(seam.from.alias, seam.from.value);
  const picture = pictures.get(from);
  if (!picture) {
    const known = [...pictures.keys()].map((name) => name.replace(':', '.'));
    throw new LatheError(
      'chain.from',
      `${alias}: its input ${JSON.stringify(input)} is to come from ${seam.from.alias}.${seam.from.value}, which no model before it has`,
      {
        hint: `There are: ${known.join(', ')}.`,
      },
    );
  }
  taken.add(from);
  return addSeam(graph, `seam:${alias}/${input}`, picture, { ...seam, layout: seam.layout ?? layout ?? picture.layout });
}

/** Inputs and outputs of the whole have the names that their models gave them, where no two are the same: decoders know them by these. */
function withPlainNames(graph: Graph, { links }: Composition): Composition {
  const faces = [...graph.inputs, ...graph.outputs].map(({ name }) => name);
  const own = (value: string): string => value.slice(value.indexOf(':') + 1);
  const isAlone = (value: string): boolean => faces.filter((other) => own(other) === own(value)).length === 1 && !graph.defines(own(value));
  const plain = new Map([...new Set(faces)].filter(isAlone).map((value) => [value, own(value)]));
  for (const [value, name] of plain) graph.rename(value, name);
  const renamed = <T extends { value: string; source?: string }>(item: T): T => ({
    ...item,
    value: plain.get(item.value) ?? item.value,
    ...(item.source === undefined ? {} : { source: plain.get(item.source) ?? item.source }),
  });
  return { links: links.map((link) => ({ ...link, inputs: link.inputs.map(renamed), outputs: link.outputs.map(renamed) })) };
}

/** The graph of a model and its functions with the alias before every name, so that several fit into one. */
function prefixed(model: Model, alias: string): { graph: Graph; functions: Model['functions'] } {
  const own = new Set(model.functions.map(({ domain, name }) => `${domain}::${name}`));
  const name = (value: string): string => nameIn(alias, value);
  const op = (node: Node): string => (own.has(`${node.domain}::${node.op}`) ? name(node.op) : node.op);
  // A free dimension called N in two models need not be one and the same.
  return { graph: renamedGraph(model.graph, { name, op, dim: name }), functions: renamedFunctions(model, name, op) };
}

const channelsIn = (shape: readonly Dim[], layout: 'nchw' | 'nhwc'): Dim | undefined =>
  shape.length === 4 ? shape[layout === 'nchw' ? 1 : 3] : undefined;

const hasNamedDims = ({ type }: ValueInfo): boolean =>
  type !== undefined && 'shape' in type && (type.shape ?? []).some((dim) => typeof dim === 'string');

/** Sizes that both know must be equal, the batch aside. */
function checkShape(alias: string, input: string, given: readonly Dim[], wanted: readonly Dim[]): void {
  const differs = (dim: Dim, at: number): boolean =>
    at > 0 && typeof dim === 'number' && typeof wanted[at] === 'number' && dim !== wanted[at];
  if (wanted.length === 0 || given.length === 0) return;
  if (given.length === wanted.length && !given.some(differs)) return;
  throw new LatheError(
    'chain.shape',
    `${alias}: its input ${JSON.stringify(input)} takes ${formatShape(wanted)}, and ${formatShape(given)} comes in`,
    {
      hint: 'Say at its input how one becomes the other: resize, crop, color, layout.',
    },
  );
}

function outputsOf(links: readonly Link[], taken: ReadonlySet<string>, keep: readonly { alias: string; value: string }[]): ValueInfo[] {
  const kept = new Set(keep.map(({ alias, value }) => nameIn(alias, value)));
  return links.flatMap(({ alias, model }) => prefixed(model, alias).graph.outputs.filter(({ name }) => !taken.has(name) || kept.has(name)));
}

/** Where one of the models takes a fixed batch, all do. */
function fixBatch({ graph }: Model, links: readonly Link[]): void {
  const firsts = links.flatMap(({ model }) =>
    model.graph.inputs.map(({ type }) => (type && 'shape' in type ? type.shape?.[0] : undefined)),
  );
  const fixed = new Set(firsts.filter((dim) => typeof dim === 'number'));
  if (fixed.size > 1)
    throw new LatheError('chain.batch', `the models take batches of ${[...fixed].join(' and ')}`, {
      hint: 'Export them with the same batch, or a free one.',
    });
  const [batch] = fixed;
  if (batch === undefined) return;
  const bound = (info: ValueInfo): ValueInfo => {
    const { type } = info;
    if (!type || !('shape' in type) || !type.shape?.length || typeof type.shape[0] === 'number') return info;
    return { ...info, type: { ...type, shape: [batch, ...type.shape.slice(1)] } };
  };
  graph.inputs = graph.inputs.map(bound);
  graph.outputs = graph.outputs.map(bound);
}
