import { LatheError } from '../../engine/base/errors.ts';
import type { Container } from '../../engine/containers/index.ts';
import { drawContainer } from '../../engine/drawing/draw-container.ts';
import type { DrawableGraph } from '../../protocol/drawable.ts';
import type { LayerDetail, ModelView, OverlayView, PortView, ValueView } from '../../protocol/view.ts';
import type { FileReader } from './file-reader.ts';
import { cut, shorten } from './shorten.ts';

const shownFacts = 100;
const shownPorts = 200;
const shownLinks = 20;

/** A `.hef` or `.espdl` as a view shows it: what it is, for which chip, its ends and its graph. Knows nothing of editors. */
export class ContainerReader implements FileReader {
  readonly #graph: DrawableGraph;

  constructor(
    private readonly container: Container,
    private readonly name: string,
  ) {
    this.#graph = drawContainer(container);
  }

  view(): ModelView {
    const { format, producer, bytes, facts, inputs, outputs, nodes, values, stored, findings } = this.container;
    const held = [...stored.values()];
    const elements = ({ shape }: ValueView): number => (shape ?? []).reduce<number>((product, dim) => product * Number(dim), 1);
    return {
      name: this.name,
      fileBytes: bytes,
      format,
      producer,
      parameters: held.reduce((sum, tensor) => sum + elements(tensor), 0),
      weightBytes: held.reduce((sum, tensor) => sum + tensor.bytes, 0),
      macs: null,
      peakActivationBytes: null,
      inputs: inputs.map(shortened),
      outputs: outputs.map(shortened),
      layers: nodes.slice(0, this.#graph.nodes.length).map(({ name, op, inputs: from, outputs: made }, index) => {
        const own = from.flatMap((one) => stored.get(one) ?? []);
        return {
          index,
          name: cut(name),
          op: cut(op),
          outputShape: values.get(made[0] ?? '')?.shape ?? null,
          parameters: own.reduce((sum, tensor) => sum + elements(tensor), 0),
          weightBytes: own.reduce((sum, tensor) => sum + tensor.bytes, 0),
          macs: null,
        };
      }),
      metadata: facts.slice(0, shownFacts).map(([name, value]) => [cut(name), cut(value)]),
      findings: shorten([...findings], shownFacts, (rest) => `… and ${rest} more`),
    };
  }

  drawable(): DrawableGraph {
    return this.#graph;
  }

  overlays(): Promise<OverlayView[]> {
    return Promise.resolve([]);
  }

  detail(index: number): LayerDetail {
    const node = this.container.nodes[index];
    if (!node) throw new RangeError(`there is no operator ${index}`);
    return {
      index,
      name: cut(node.name),
      op: cut(node.op),
      attributes: [],
      inputs: node.inputs
        .slice(0, shownPorts)
        .map((name, at) => ({ ...this.#port(name), ...this.#links(({ to, input }) => to === index && input === at, 'from') })),
      outputs: node.outputs
        .slice(0, shownPorts)
        .map((name, at) => ({ ...this.#port(name), ...this.#links(({ from, output }) => from === index && output === at, 'to') })),
    };
  }

  #port(name: string): PortView {
    const constant = this.container.stored.get(name);
    if (constant) return { kind: 'constant', name: cut(name), type: constant.type, shape: constant.shape, bytes: constant.bytes };
    const value = this.container.values.get(name);
    if (name === '') return { kind: 'absent', name, type: '', shape: null };
    return { kind: 'value', name: cut(name), type: value?.type ?? 'unknown', shape: value?.shape ?? null };
  }

  #links(wanted: (edge: DrawableGraph['edges'][number]) => boolean, side: 'from' | 'to'): Pick<PortView, 'links' | 'linkCount'> {
    const ids = [...new Set(this.#graph.edges.filter(wanted).map((edge) => edge[side]))];
    const { nodes } = this.#graph;
    return {
      links: ids.slice(0, shownLinks).map((node) => ({ node, op: nodes[node]!.title, name: nodes[node]!.name })),
      linkCount: ids.length,
    };
  }

  weights(): Promise<never> {
    return none();
  }

  rounded(): Promise<never> {
    return none();
  }

  besideOriginal(): Promise<never> {
    return none();
  }

  kernels(): Promise<never> {
    return none();
  }
}

const none = (): Promise<never> => Promise.reject(new LatheError('weights.none', "its weights are in the chip's layout"));
const shortened = ({ name, type, shape }: ValueView): ValueView => ({ name: cut(name), type, shape });
