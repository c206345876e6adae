import { shareLeft } from '../prune/costs-at.ts';
import type { LayerFacts, ModelFacts } from './facts/types.ts';
import { layerPattern } from './layers.ts';
import { decidesByMeasuring, prunedModel, type PrunedModel } from './pruned-widths.ts';
import { findStep } from './steps.ts';
import type { ResolvedStep, Settings } from './types.ts';

/** Size and work of the model after a step, from its graph alone. Weights only: graph, scales and zero points come on top. */
export interface PlannedModel {
  readonly step: string;
  /** Position of the step, from 0; absent for the model as it is. */
  readonly index?: number;
  /** Alias of the model, where the recipe has several. */
  readonly on?: string;
  readonly parameters: number;
  /** As stored in the file: quantized weights in 8-bit types, unless they are packed. */
  readonly weightBytes: number;
  /** With every weight in as many bits as it uses. */
  readonly packedBytes: number;
  readonly macs: number | null;
  /** How much goes is found out while the step runs: the figures are those before it, and the most it can be. */
  readonly open?: true;
}

/** A step as costs need it: all settings filled in, and what is said of single layers by their names. */
export type CostedStep = Pick<ResolvedStep, 'step' | 'index' | 'on' | 'settings' | 'layers'> & {
  /** It works on other models as well: what goes of this one to reach a cost of all is not known before. */
  readonly inChain?: true;
};

/** One line for the model as it is, then one for each step on it. `alias`: which of the recipe's models it is. */
export function planCosts(steps: readonly CostedStep[], facts: ModelFacts, alias?: string): PlannedModel[] {
  const on = alias === undefined ? {} : { on: alias };
  const tensors = roundedTensors(facts);
  let state: State = { bits: new Map() };
  let last = total(state, tensors, facts);
  const plan: PlannedModel[] = [{ step: 'input', ...on, ...last }];
  for (const step of steps.filter((one) => one.on === alias)) {
    let open: true | undefined;
    for (const part of partsOf(step)) {
      if (isOpen(part, facts)) open = true;
      else state = after(part, state, tensors, facts);
    }
    last = total(state, tensors, facts);
    plan.push({ step: step.step, index: step.index, ...on, ...last, ...(open ? { open } : {}) });
  }
  return plan;
}

/** A joint step cuts and rounds inside. */
function partsOf(step: CostedStep): CostedStep[] {
  if (step.step !== 'joint') return [step];
  const { prune, qat } = step.settings as { prune?: Settings; qat?: Settings };
  const cut = prune && cutOf(prune, step.on);
  return [...(cut ? [{ ...step, step: 'prune', settings: cut }] : []), ...(qat ? [{ ...step, step: 'qat', settings: qat }] : [])];
}

/** A part for each model by alias is that of this one; undefined: it loses nothing. */
function cutOf(prune: Settings, alias: string | undefined): Settings | undefined {
  const { channels } = prune;
  const cut = { ...prune, method: 'channels' };
  if (typeof channels !== 'object' || channels === null || Array.isArray(channels)) return cut;
  const own = (channels as Readonly<Record<string, unknown>>)[alias ?? ''];
  return own === undefined ? undefined : { ...cut, channels: own };
}

const sharedGoals = ['parameters', 'macs'] as const;

const isOpen = (step: CostedStep, facts: ModelFacts): boolean =>
  decidesByMeasuring(step, facts) ||
  (step.inChain === true && step.step === 'prune' && sharedGoals.some((goal) => step.settings[goal] !== undefined));

/** What steps have done to the model so far. */
interface State {
  /** Of weights that are not float any more, by place in the list. */
  readonly bits: ReadonlyMap<number, StoredBits>;
  readonly pruned?: PrunedModel;
}

interface StoredBits {
  /** Bits that a weight takes in the file. */
  readonly file: number;
  /** Bits that it needs. */
  readonly packed: number;
}

/** A weight that steps round, and the first layer that has it. */
interface RoundedTensor {
  readonly layer: LayerFacts;
  readonly elements: number;
  readonly bytes: number;
}

/** A weight that several layers share counts once. */
function roundedTensors({ layers }: ModelFacts): RoundedTensor[] {
  const seen = new Set<number>();
  return layers.flatMap((layer): RoundedTensor[] => {
    if (!layer.weights) return [];
    const { tensor, elements, bytes } = layer.weights;
    if (tensor !== undefined && seen.has(tensor)) return [];
    if (tensor !== undefined) seen.add(tensor);
    return [{ layer, elements, bytes }];
  });
}

function after(step: CostedStep, state: State, tensors: readonly RoundedTensor[], facts: ModelFacts): State {
  if (step.step === 'prune') {
    const pruned = prunedModel(step, facts, state.pruned);
    return pruned ? { ...state, pruned } : state;
  }
  const bits = new Map(state.bits);
  tensors.forEach(({ layer, elements }, place) => {
    const stored = storedBits(step, layer, elements, bits.get(place));
    if (stored) bits.set(place, stored);
  });
  return { ...state, bits };
}

/** What a step makes of the weights of a layer; undefined: it leaves them. */
function storedBits(step: CostedStep, layer: LayerFacts, elements: number, before: StoredBits | undefined): StoredBits | undefined {
  const own = step.layers[layer.name] ?? {};
  if (own[step.step] === false || !isListed(step, layer)) return undefined;
  if (step.step === 'cluster') {
    const values = own['values'] ?? step.settings['values'];
    if (typeof values !== 'number' || elements <= values) return undefined;
    return { file: before?.file ?? floatBits, packed: Math.min(before?.packed ?? floatBits, Math.ceil(Math.log2(values))) };
  }
  if (!findStep(step.step)?.parameters.properties['weights']) return undefined;
  // The step `qat` keeps the widths that an earlier one gave.
  const bits = widthOf(own['weights'] ?? step.settings['weights'] ?? (before ? undefined : 8));
  if (bits === undefined) return undefined;
  const isPacked = (own['storage'] ?? step.settings['storage']) === 'packed' && bits <= 4;
  return { file: isPacked ? 4 : Math.max(8, bits), packed: Math.min(before?.packed ?? floatBits, bits) };
}

const floatBits = 32;

/** "Ternary" weights have two bits each when packed, "binary" one. */
function widthOf(weights: unknown): number | undefined {
  if (weights === 'ternary') return 2;
  if (weights === 'binary') return 1;
  return typeof weights === 'number' ? weights : undefined;
}

/** `exclude` and `include` of the step. */
function isListed({ settings }: CostedStep, { name, op }: LayerFacts): boolean {
  const names = (key: string): boolean => {
    const patterns = settings[key];
    return Array.isArray(patterns) && patterns.some((pattern: string) => pattern === op || layerPattern(pattern)(name));
  };
  const included = settings['include'];
  return !names('exclude') && (!Array.isArray(included) || included.length === 0 || names('include'));
}

type Total = Pick<PlannedModel, 'parameters' | 'weightBytes' | 'packedBytes' | 'macs'>;

function total({ bits, pruned }: State, tensors: readonly RoundedTensor[], facts: ModelFacts): Total {
  const { parameters, weightBytes, macs } = pruned?.costs ?? facts;
  let [stored, packed] = [weightBytes, weightBytes];
  const shares = pruned && sharesLeft(tensors, pruned);
  for (const [place, { file, packed: used }] of bits) {
    const { elements, bytes } = tensors[place]!;
    const share = shares ? shares[place]! : 1;
    stored += share * ((elements * file) / 8 - bytes);
    packed += share * ((elements * used) / 8 - bytes);
  }
  return { parameters, weightBytes: Math.ceil(stored), packedBytes: Math.ceil(packed), macs };
}

/** The part of each rounded weight that pruning leaves, by place in the list. */
function sharesLeft(tensors: readonly RoundedTensor[], { profile, widths }: PrunedModel): number[] {
  const key = (layer: string, elements: number): string => `${elements} ${layer}`;
  const known = new Map(profile.tensors.map((tensor) => [key(tensor.layer, tensor.elements), tensor]));
  return tensors.map(({ layer, elements }) => {
    const tensor = known.get(key(layer.name, elements));
    return tensor ? shareLeft(profile, tensor.extents, widths) : 1;
  });
}
