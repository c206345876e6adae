import { LatheError } from '../base/errors.ts';
import { dataTypeBits } from '../onnx/data-type.ts';
import { chainMetadataKey } from '../onnx/chain-metadata.ts';
import { cutGraph } from '../onnx/cut.ts';
import type { Model, Node, ValueInfo } from '../onnx/graph.ts';
import { inferShapes, type Shapes } from '../ops/infer.ts';
import type { Composition } from '../onnx/chain-metadata.ts';

/** A value that one stage makes and others take, or that enters or leaves the whole. */
export interface StageValue {
  /** Its name in the whole. */
  readonly value: string;
  /** Position of the stage that makes it; undefined: an input of the whole. */
  readonly from?: number;
}

/** One model of a chain as it is run by itself, with the conversions in front of it. */
export interface Stage {
  readonly alias: string;
  /** Nodes of the whole, in the order of execution; those that only bring a value in may belong to several stages. */
  readonly nodes: readonly Node[];
  /** Those of them that turn what comes in into what the model takes. */
  readonly conversions: readonly Node[];
  readonly inputs: readonly StageValue[];
  /** What others take, then outputs of the whole. */
  readonly outputs: readonly string[];
  /** Positions of the stages that it waits for. */
  readonly after: readonly number[];
}

const seamPrefix = 'seam:';
/** ONNX Runtime's bindings pass no narrower integers. */
const narrowest = 8;

/**
 * The models of a whole as stages that can be run one after another, or each on its own while pictures pass through them. Where a model's answer
 * is rounded for the next one, the integers go across: fewer bytes, and the same numbers as in the whole. What only prepares an input of the
 * whole is done by every stage that needs it, so that models side by side do not wait for each other. Models that nothing is left of are left out.
 * Throws `chain.stages`.
 */
export function chainStages(whole: Model, composition: Composition, shapes: Shapes = inferShapes(whole)): Stage[] {
  const stages = new StageCutter(whole, composition, shapes).stages();
  checkOrder(stages);
  return stages;
}

/** A stage as a model by itself. Names are those of the whole. `shapes`: of the whole. */
export function stageModel(whole: Model, { inputs, outputs }: Stage, shapes: Shapes = inferShapes(whole)): Model {
  const typed = (value: string): ValueInfo => {
    const known = shapes.of(value);
    if (known?.type === undefined) return { name: value };
    return { name: value, type: { kind: 'tensor', elementType: known.type, ...(known.shape ? { shape: known.shape } : {}) } };
  };
  const entering = inputs.map(({ value }) => typed(value));
  const model = cutGraph(whole, entering, outputs.map(typed));
  model.metadata.delete(chainMetadataKey);
  // Where a conversion had nothing to do, a node is left that only gives the value its name.
  for (const node of model.graph.nodes) {
    const [from = '', to = ''] = [node.inputs[0], node.outputs[0]];
    if (node.op !== 'Identity' || !node.name.startsWith(seamPrefix) || model.graph.isOutput(to)) continue;
    model.graph.replaceUses(to, from);
    model.graph.remove(node);
  }
  return model;
}

class StageCutter {
  readonly #aliases: readonly string[];
  readonly #order: readonly Node[];
  readonly #home = new Map<Node, number>();
  /** Conversions in front of a model: those behind it belong to its answer. */
  readonly #entering = new Set<Node>();

  constructor(
    private readonly whole: Model,
    composition: Composition,
    private readonly shapes: Shapes,
  ) {
    this.#aliases = composition.links.map(({ alias }) => alias);
    this.#order = whole.graph.topologicalOrder();
    const ends = new Map(composition.links.flatMap(({ outputs }, place) => outputs.map(({ value }): [string, number] => [value, place])));
    for (const node of this.#order) {
      const home = this.#homeOf(node, ends);
      this.#home.set(node, home);
      const ofItsModel = this.#makers(node).filter((maker) => this.#home.get(maker) === home);
      if (node.name.startsWith(seamPrefix) && ofItsModel.every((maker) => this.#entering.has(maker))) this.#entering.add(node);
    }
  }

  stages(): Stage[] {
    const walks = this.#aliases.map((_, place) => this.#walk(place));
    const used = walks.flatMap(({ nodes }, place) => (nodes.size > 0 ? [place] : []));
    const position = new Map(used.map((place, at) => [place, at]));
    const taken = new Set(walks.flatMap(({ inputs }) => [...inputs.keys()]));
    return used.map((place) => {
      const { nodes, inputs } = walks[place]!;
      const ordered = this.#order.filter((node) => nodes.has(node));
      const made = ordered.filter((node) => this.#home.get(node) === place).flatMap((node) => node.outputs);
      const leaves = new Set(this.whole.graph.outputs.map(({ name }) => name));
      const from = [...inputs].map(([value, maker]): StageValue => {
        const at = maker === undefined ? undefined : position.get(maker);
        return { value, ...(at === undefined ? {} : { from: at }) };
      });
      return {
        alias: this.#aliases[place]!,
        nodes: ordered,
        conversions: ordered.filter((node) => this.#entering.has(node) && node.op !== 'Identity'),
        inputs: from,
        outputs: [...made.filter((value) => taken.has(value) && !leaves.has(value)), ...made.filter((value) => leaves.has(value))],
        after: [...new Set(from.flatMap(({ from: at }) => at ?? []))].sort((a, b) => a - b),
      };
    });
  }

  /** All that a stage computes, and where what it does not compute comes from. */
  #walk(place: number): { nodes: Set<Node>; inputs: Map<string, number | undefined> } {
    const { graph } = this.whole;
    const nodes = new Set<Node>();
    const inputs = new Map<string, number | undefined>();
    const waiting = this.#order.filter((node) => this.#home.get(node) === place);
    for (const node of waiting) nodes.add(node);
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      for (const value of graph.reads(node)) {
        if (value === '' || graph.initializers.has(value)) continue;
        const maker = graph.producer(value);
        if (maker === undefined) inputs.set(value, undefined);
        else if (nodes.has(maker)) continue;
        else if (this.#home.get(maker) === place || this.#isRepeated(maker)) {
          nodes.add(maker);
          waiting.push(maker);
        } else inputs.set(value, this.#home.get(maker));
      }
    }
    return { nodes, inputs };
  }

  /** Whether each stage that needs its result computes it: what follows from constants, and what turns a value into what a model takes. */
  #isRepeated(node: Node): boolean {
    if (this.#entering.has(node)) return true;
    const { graph } = this.whole;
    const [from = ''] = node.inputs;
    if (graph.reads(node).every((value) => this.#isSettled(value))) return true;
    if (node.op === 'QuantizeLinear') return this.#isRequired(from);
    // The integers go across, where they can.
    return node.op === 'DequantizeLinear' && (dataTypeBits(this.shapes.of(from)?.type ?? 0) ?? 0) >= narrowest;
  }

  /** The nodes whose results it reads. */
  #makers(node: Node): Node[] {
    const { graph } = this.whole;
    return graph.reads(node).flatMap((value) => graph.producer(value) ?? []).filter(({ op }) => op !== 'Constant'); // prettier-ignore
  }

  #isSettled(value: string): boolean {
    const { graph } = this.whole;
    if (value === '' || graph.initializers.has(value)) return true;
    const maker = graph.producer(value);
    return maker !== undefined && graph.reads(maker).length === 0;
  }

  #isRequired(value: string): boolean {
    return this.whole.graph.isInput(value) && !this.whole.graph.initializers.has(value);
  }

  /** By its name; else by that of what it makes; else with what it takes. A quantizer goes with the model whose result it rounds. */
  #homeOf(node: Node, ends: ReadonlyMap<string, number>): number {
    const makers = this.#makers(node).flatMap((maker) => this.#home.get(maker) ?? []);
    const ofMakers = makers.length ? Math.max(...makers) : undefined;
    if (node.op === 'QuantizeLinear' && ofMakers !== undefined) return ofMakers;
    const named =
      this.#aliasOf(node.name) ?? node.outputs.map((value) => this.#aliasOf(value) ?? ends.get(value)).find((at) => at !== undefined);
    // Never before what it takes: a name may be another's.
    if (named !== undefined) return Math.max(named, ofMakers ?? 0);
    return ofMakers ?? this.#firstReader(node);
  }

  #aliasOf(name: string): number | undefined {
    const plain = name.startsWith(seamPrefix) ? name.slice(seamPrefix.length).split('/')[0]! : name.split(':')[0]!;
    const place = name.includes(':') ? this.#aliases.indexOf(plain) : -1;
    return place < 0 ? undefined : place;
  }

  /** Of what takes nothing, or inputs of the whole alone: the first model that reads it. */
  #firstReader(node: Node): number {
    const places = node.outputs.flatMap((value) => this.whole.graph.users(value).flatMap((user) => this.#aliasOf(user.node.name) ?? []));
    return places.length ? Math.min(...places) : 0;
  }
}

/** Stages run in their order: none may wait for one behind it. */
function checkOrder(stages: readonly Stage[]): void {
  const wrong = stages.find(({ after }, at) => after.some((other) => other >= at));
  if (wrong) throw new LatheError('chain.stages', `${wrong.alias} takes what a model behind it in the chain makes`);
}
