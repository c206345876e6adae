import { LatheError } from '../base/errors.ts';
import { Graph, Model, Node, type Dim, type ValueInfo } from '../onnx/graph.ts';
import { chainMetadataKey, type Composition } from '../onnx/chain-metadata.ts';
import { cloneModel } from '../onnx/clone.ts';
import { inferShapes } from '../ops/infer.ts';
import { formatShape } from '../ops/shape/dims.ts';
import { upgradeOpset } from '../simplify/upgrade-opset.ts';
import { nameInChain as nameIn } from '../recipe/chain.ts';
import { bindSizes, type Entered } from './bind-sizes.ts';
import type { Link, Seam } from './link.ts';
import { renamedFunctions, renamedGraph } from './rename.ts';
import { addJoined, addPlanes, ofPlanes, perChannelError, withChannels } from './per-channel.ts';
import { addSeam, resizeOpset, type SeamPicture } from './seam.ts';

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
  const added = opened.map((link) => addLink(whole, link, { pictures, taken }));
  whole.graph.outputs = outputsOf(added, taken, keep);
  fixBatch(whole, opened);
  bindSizes(
    whole,
    added.flatMap(({ entered }) => entered),
  );
  plainSizes(whole.graph);
  const plain = withPlainNames(whole.graph, { links: added.map(({ place }) => place) });
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

/** What the whole gets of a model: where it lies, and the outputs that others may take. */
interface AddedLink {
  readonly place: Composition['links'][number];
  /** `from`: under which name seams and `keep` know it. */
  readonly outputs: readonly { readonly from: string; readonly info: ValueInfo }[];
  /** What it takes. */
  readonly entered: readonly Entered[];
}

/** What is being put together. */
interface Composing {
  readonly graph: Graph;
  /** By the value's name in its model, with the alias. */
  readonly pictures: Map<string, SeamPicture>;
  /** Outputs that another model takes. */
  readonly taken: Set<string>;
}

function addLink(whole: Model, link: Link, { pictures, taken }: Pick<Composing, 'pictures' | 'taken'>): AddedLink {
  const { alias } = link;
  const { graph } = whole;
  const into = { graph, pictures, taken };
  const channels = link.perChannel ? channelsOf(link, pictures) : 1;
  const model = channels > 1 ? ofPlanes(link.model, alias, link.layout ?? 'nchw', channels) : link.model;
  const { graph: part, functions } = prefixed(model, alias);
  whole.functions.push(...functions);
  const shapes = inferShapes(link.model);
  const inputs = link.model.graph.inputs.map((info) => addInput(into, link, { info, shape: shapes.of(info.name)?.shape ?? [], channels }));
  for (const [name, tensor] of part.initializers) graph.initializers.set(name, tensor);
  for (const [name, info] of part.valueInfo) if (!hasNamedDims(info)) graph.valueInfo.set(name, info);
  for (const node of part.nodes) graph.add(node);
  const given = inferShapes(model);
  const entered = pictures.get(inputs[0]?.value ?? '');
  const outputs = model.graph.outputs.map((info) =>
    addOutput(into, link, { info, shape: given.of(info.name)?.shape ?? [], channels, entered }),
  );
  return {
    place: { alias, inputs, outputs: model.graph.outputs.map(({ name }) => ({ name, value: nameIn(alias, name) })) },
    outputs,
    entered: model.graph.inputs.map(({ name }) => ({ value: nameIn(alias, name), wanted: shapes.of(name)?.shape ?? [] })),
  };
}

/** One of a model's inputs or outputs; `channels`: of the picture, where each passes the model by itself, or 1. */
interface Face {
  readonly info: ValueInfo;
  /** As the model itself has it. */
  readonly shape: readonly Dim[];
  readonly channels: number;
}

function addInput(into: Composing, link: Link, { info, shape, channels }: Face): Composition['links'][number]['inputs'][number] {
  const { graph, pictures } = into;
  const { alias, seams, color, layout = 'nchw' } = link;
  const { name } = info;
  const value = nameIn(alias, name);
  const wanted = channels > 1 ? withChannels(shape, layout, channels) : shape;
  const seam = Object.hasOwn(seams, name) ? seams[name] : undefined;
  const place = `seam:${alias}/${name}`;
  const outer = channels > 1 ? wholeName(alias, name) : value;
  const end = seam ? enter(into, link, name, seam) : { value: outer, shape: wanted, layout, color };
  pictures.set(value, end);
  if (!seam) graph.inputs = [...graph.inputs, inChain(alias, info, outer, wanted)];
  else checkShape(alias, name, end.shape, wanted);
  if (!seam && channels === 1) return { name, value };
  const source = channels > 1 ? addPlanes(graph, place, end) : end.value;
  // The value keeps its name in the whole, so that the model can be found and taken out again.
  graph.add(new Node(place, 'Identity', [source], [value]));
  return { name, value, source };
}

function addOutput(
  { graph, pictures }: Composing,
  { alias, layout = 'nchw' }: Link,
  { info, shape, channels, entered }: Face & { entered: SeamPicture | undefined },
): AddedLink['outputs'][number] {
  const from = nameIn(alias, info.name);
  const value = channels > 1 ? wholeName(alias, info.name) : from;
  const joined = channels > 1 ? addJoined(graph, `seam:${alias}/${info.name}`, from, { shape, layout, channels, name: value }) : shape;
  // A model that keeps the size keeps the colours too; of any other it is not known, and never asked.
  const color = channelsIn(joined, layout) === channelsIn(entered?.shape ?? [], layout) ? entered?.color : undefined;
  pictures.set(from, { value, shape: joined, layout, color });
  return { from, info: inChain(alias, info, value, channels > 1 ? joined : undefined) };
}

/** What an input or output of the whole is called where the model's own value of that name lies further inside. */
const wholeName = (alias: string, name: string): string => nameIn(`${alias}.channels`, name);

/** An input or output of a model as the whole has it; `shape`: where it is not the one that the model says. */
function inChain(alias: string, { type }: ValueInfo, name: string, shape?: readonly Dim[]): ValueInfo {
  if (type?.kind !== 'tensor') return { name, ...(type ? { type } : {}) };
  // A free dimension called N in two models need not be one and the same.
  const dims = (shape ?? type.shape)?.map((dim) => (typeof dim === 'string' ? nameIn(alias, dim) : dim));
  return { name, type: { ...type, ...(dims ? { shape: dims } : {}) } };
}

/** How many channels come in where each is to be taken by itself. */
function channelsOf({ alias, model, seams, color }: Link, pictures: ReadonlyMap<string, SeamPicture>): number {
  const [seam] = model.graph.inputs.flatMap(({ name }) => (Object.hasOwn(seams, name) ? [seams[name]!] : []));
  const picture = seam && pictures.get(nameIn(seam.from.alias, seam.from.value));
  const colors = seam ? (seam.color ?? picture?.color) : color;
  const count = colors ? (colors === 'gray' ? 1 : 3) : channelsIn(picture?.shape ?? [], picture?.layout ?? 'nchw');
  if (typeof count === 'number') return count;
  throw perChannelError(alias, 'it is not known how many channels come in', 'Say `color` in `data.input` or at its input.');
}

function enter({ graph, pictures, taken }: Composing, { alias, layout }: Link, input: string, seam: Seam): SeamPicture {
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

/** Free sizes of the inputs are called as their models call them, where no two would be the same. */
function plainSizes(graph: Graph): void {
  const sizesOf = (infos: readonly ValueInfo[]): string[] =>
    infos.flatMap(({ type }) => (type && 'shape' in type ? (type.shape ?? []).filter((dim) => typeof dim === 'string') : []));
  const own = (dim: string): string => dim.slice(dim.indexOf(':') + 1);
  const free = [...new Set(sizesOf(graph.inputs))];
  const plain = new Map(free.filter((dim) => free.filter((other) => own(other) === own(dim)).length === 1).map((dim) => [dim, own(dim)]));
  const renamed = (info: ValueInfo): ValueInfo => {
    const { type } = info;
    if (!type || !('shape' in type) || !type.shape) return info;
    return { ...info, type: { ...type, shape: type.shape.map((dim) => (typeof dim === 'string' ? (plain.get(dim) ?? dim) : dim)) } };
  };
  graph.inputs = graph.inputs.map(renamed);
  graph.outputs = graph.outputs.map(renamed);
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

function outputsOf(
  links: readonly AddedLink[],
  taken: ReadonlySet<string>,
  keep: readonly { alias: string; value: string }[],
): ValueInfo[] {
  const kept = new Set(keep.map(({ alias, value }) => nameIn(alias, value)));
  return links.flatMap(({ outputs }) => outputs.filter(({ from }) => !taken.has(from) || kept.has(from)).map(({ info }) => info));
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
