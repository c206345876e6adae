import type { Composition } from '../../onnx/chain-metadata.ts';
import { ownerOf } from '../../chain/owner.ts';
import { splitChain } from '../../chain/split.ts';
import { LatheError } from '../../base/errors.ts';
import type { Model } from '../../onnx/graph.ts';
import type { QuantizeSettings } from '../../quantize/step.ts';
import { composeModels } from '../chain/compose-files.ts';
import type { Ancestor, StepRequest } from '../steps/step.ts';
import type { JointChain } from './chain-of.ts';

/** What is trained from. */
export interface JointStart {
  /** Tuned models as floats, the others as they came. */
  readonly model: Model;
  /** How an earlier step had rounded the tuned ones. */
  readonly before?: QuantizeSettings;
}

/** Integers cannot be trained: tuned models begin from the newest float that they were. Throws `joint.rounded` where one never was float. */
export async function startOf(request: StepRequest, chain: JointChain): Promise<JointStart> {
  const { composition, tuned } = chain;
  const { model, ancestors, recipe } = request;
  if (tuned.every((alias) => !isRounded(model, alias, composition))) return { model };
  const places = new Map<string, number>();
  for (const alias of tuned) places.set(alias, await newestFloat(ancestors, alias, composition));
  const parts = new Map<string, Model>();
  for (const { alias } of composition.links) {
    const place = places.get(alias);
    parts.set(alias, splitChain(place === undefined ? model : await ancestors[place]!.load(), composition, alias));
  }
  const first = Math.min(...places.values());
  const before = ancestors.slice(first + 1).findLast(({ step }) => step?.step === 'quantize')?.step;
  return {
    model: composeModels(recipe.chain!, parts, recipe.data.input),
    ...(before ? { before: before.settings as QuantizeSettings } : {}),
  };
}

async function newestFloat(ancestors: readonly Ancestor[], alias: string, composition: Composition): Promise<number> {
  for (let place = ancestors.length - 1; place >= 0; place--)
    if (!isRounded(await ancestors[place]!.load(), alias, composition)) return place;
  throw new LatheError('joint.rounded', `${alias} came with integers, which cannot be trained`, {
    hint: `Give the chain the float model, or leave ${alias} out of tune.`,
  });
}

/** Whether a model of the chain has integers inside. */
const isRounded = ({ graph }: Model, alias: string, composition: Composition): boolean =>
  graph.nodes.some((node) => /^(De|Dynamic)?QuantizeLinear$|^QLinear|Integer$/.test(node.op) && ownerOf(node.label, composition) === alias);
