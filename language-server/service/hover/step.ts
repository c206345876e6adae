import type { ModelFacts } from '../../../src/engine/recipe/facts/types.ts';
import type { RuleContext } from '../../../src/engine/recipe/rules/rule.ts';
import { batchOf, trainingBytes, trainingOf, trainingPictures, type Training } from '../../../src/engine/recipe/training-estimate.ts';
import { known } from '../../../src/engine/recipe/world.ts';
import { bytes, bytesChange, count, shortNumber, timeLeft } from '../../../src/protocol/format.ts';
import { recipeContext } from '../recipe-context.ts';
import { stepCosts, type StepCost } from '../step-costs.ts';
import { bullets, code, paragraphs } from './markdown.ts';
import type { HoverSource } from './subject.ts';

/** What a step leaves of the model and what it takes, as far as can be told without running it. */
export const stepHover: HoverSource = ({ request, place, path }) => {
  const [root, index] = path;
  if (root !== 'steps' || typeof index !== 'number' || path.length !== 3 || place.at !== 'key') return undefined;
  const context = recipeContext(request);
  const step = context.steps.find((one) => one.index === index);
  const model = step?.model === undefined ? undefined : context.models.get(step.model);
  const facts = known(model?.facts);
  if (!step || !facts) return undefined;
  const training = trainingOf(step);
  const cost = stepCosts(request, context).get(index);
  const lines = [...(cost ? sizeLines(cost) : []), ...(training ? trainingLines(context, training, facts, cost?.seconds) : [])];
  const title = `Step ${index + 1} of ${context.steps.length}${step.model ? `, on ${code(step.model)}` : ''}`;
  return lines.length ? paragraphs(title, bullets(lines)) : undefined;
};

function sizeLines({ before, after }: StepCost): string[] {
  if (after.open) return [`At most ${bytes(after.packedBytes)}: how much goes is measured while it runs`];
  return [
    change('Weights in the file', before.weightBytes, after.weightBytes, bytesChange, bytes),
    change('Weights in as many bits as they use', before.packedBytes, after.packedBytes, bytesChange, bytes),
    change('Parameters', before.parameters, after.parameters, (from, to) => `${count(from)} → about ${count(to)}`, count),
    before.macs === null || after.macs === null
      ? 'Multiply-adds: not known'
      : change('Multiply-adds', before.macs, after.macs, (from, to) => `${count(from)} → about ${count(to)}`, count),
  ];
}

/** "Weights: 1.1 MB → 0.31 MB (28 %)"; what stays as it is only once. */
function change(
  what: string,
  from: number,
  to: number,
  both: (from: number, to: number) => string,
  one: (value: number) => string,
): string {
  return from === to ? `${what}: ${one(to)}` : `${what}: ${both(from, to)} (${shortNumber((to / from) * 100)} %)`;
}

function trainingLines(context: RuleContext, training: Training, facts: ModelFacts, seconds: number | undefined): string[] {
  const pictures = trainingPictures(context);
  const batch = batchOf(context, training);
  const epochs = Number(training.settings['epochs']);
  const memory = trainingBytes(facts, batch);
  const rounds = training.rounds > 1 ? `, ${training.rounds} times` : '';
  const steps = pictures === undefined ? '' : `: ${count(Math.ceil(pictures / batch) * epochs * training.rounds)} batches of ${batch}`;
  return [
    `Trains ${pictures === undefined ? 'the pictures' : `${pictures} pictures`} for ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}${rounds}${steps}`,
    ...(seconds === undefined ? [] : [`Takes ${timeLeft(seconds)} or more on a CPU of eight cores`]),
    ...(memory === undefined ? [] : [`Needs about ${bytes(memory)} of memory`]),
  ];
}
