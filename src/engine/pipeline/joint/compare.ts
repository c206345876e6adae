import { scopedCheckpoints } from '../../base/checkpoint.ts';
import { splitChain } from '../../chain/split.ts';
import type { JointSettings } from '../../joint/step.ts';
import type { Model } from '../../onnx/graph.ts';
import { composeModels } from '../chain/compose-files.ts';
import type { RivalModel, StepOutcome, StepReport } from '../steps/step.ts';
import type { JointChain } from './chain-of.ts';
import type { Tuning } from './tuning.ts';

type Bits = StepReport['bits'];

/** What each model goes through by itself, the others staying as they came. `epochs: 0` is rounding after training. */
const waysOf = ({ qat }: Pick<JointSettings, 'qat'>): { name: string; untrained: boolean }[] =>
  qat
    ? [
        { name: 'PTQ', untrained: true },
        { name: 'QAT', untrained: false },
      ]
    : [{ name: 'training', untrained: false }];

/** Of each way each model, and where there are several these together. */
export const rivalCount = (settings: Pick<JointSettings, 'qat' | 'compare'>, models: number): number =>
  settings.compare ? waysOf(settings).length * (models > 1 ? models + 1 : models) : 0;

/**
 * What the tuned models become each by itself, with the others float, and these put together. `tune` does what the step does, with the tuned
 * models and settings that it is given.
 */
export async function rivalsOf(tuning: Tuning, tune: (own: Tuning) => Promise<StepOutcome>): Promise<RivalModel[]> {
  const { request, chain, settings } = tuning;
  // Their learning curves would take the place of the step's own.
  const { watch: _, ...quiet } = request;
  const rivals: RivalModel[] = [];
  for (const { name, untrained } of waysOf(settings)) {
    const alone: { alias: string; model: Model; bits: Bits }[] = [];
    for (const alias of chain.tuned) {
      const title = `${alias} alone with ${name}`;
      const own: Tuning = {
        ...tuning,
        request: { ...quiet, checkpoints: scopedCheckpoints(request.checkpoints, title) },
        chain: { ...chain, tuned: [alias] },
        settings: untrained ? { ...settings, epochs: 0 } : settings,
      };
      const { model, value } = await request.modelPiece(title, {}, async () => {
        const { model: made, report } = await tune(own);
        return { model: made, value: report.bits };
      });
      alone.push({ alias, model, bits: value });
      rivals.push({ title, model, bits: value });
    }
    if (alone.length > 1)
      rivals.push({
        title: `each alone with ${name}, together`,
        model: together(tuning, alone),
        bits: Object.assign({}, ...alone.map(({ bits }) => bits)) as Bits,
      });
  }
  return rivals;
}

/** Each model from the chain in which it was the one that was tuned. */
function together({ request, chain }: Pick<Tuning, 'request' | 'chain'>, alone: readonly { alias: string; model: Model }[]): Model {
  const { composition }: JointChain = chain;
  const parts = new Map(
    composition.links.map(({ alias }) => [
      alias,
      splitChain((alone.find((one) => one.alias === alias) ?? alone[0]!).model, composition, alias),
    ]),
  );
  return composeModels(request.recipe.chain!, parts, request.recipe.data.input);
}
