import type { Composition } from '../../onnx/chain-metadata.ts';
import { atPlace } from '../../joint/at-place.ts';
import type { JointLoss } from '../../joint/losses-setting.ts';
import { endsOf, placeOf, valueIn, type Place } from '../../joint/places.ts';
import type { JointSettings } from '../../joint/step.ts';
import type { Model } from '../../onnx/graph.ts';
import { inferShapes } from '../../ops/infer.ts';
import { agreement } from '../../train/losses/agreement.ts';
import { bareOutput, type OutputMeaning } from '../../train/losses/bare-output.ts';
import { defaultLosses, namedLosses, type Known } from '../../train/losses/index.ts';
import type { LossWiring } from '../../train/losses/declaration.ts';
import type { WeightedLoss } from '../../train/losses/loss.ts';
import { matching } from '../../train/losses/matching.ts';
import type { TrainingTask } from '../../train/task.ts';
import { openTeacher } from '../../train/teacher/open-teacher.ts';
import { knownOf, lossWiring } from '../training/losses.ts';
import type { OpenTraining } from '../training/open.ts';
import type { StepRequest } from '../steps/step.ts';
import { seeingClean } from './seeing-clean.ts';

/** What the chain learns from. */
export type Lessons = Pick<TrainingTask, 'losses' | 'teacher'>;

export interface LessonsRequest {
  /** The float chain, prepared. */
  readonly teacher: Model;
  readonly composition: Composition;
  readonly settings: JointSettings;
  /** What outputs mean that nothing else tells apart. */
  readonly meaning: OutputMeaning;
}

/** All that losses are made of. */
interface Wires extends LessonsRequest {
  readonly known: Known;
  readonly wiring: LossWiring;
  /** Name of a value in the teacher, before a final Softmax or Sigmoid; it will be asked for. */
  readonly answer: (value: string) => string;
  /** The same without looking for these. */
  readonly feature: (value: string) => string;
  /** [batch, channels, height, width]: what a clean picture can be a target for. */
  readonly isPicture: (value: string) => boolean;
}

/** The losses of all places, and the float chain where one of them needs it. Throws `joint.losses`, `training.*`. */
export async function openLessons(
  { runtime, context }: StepRequest,
  { pictures, batches, model }: OpenTraining,
  request: LessonsRequest,
): Promise<Lessons> {
  const { teacher: float, composition, settings, meaning } = request;
  const asked = new Set<string>();
  const shapes = inferShapes(float);
  const shapeOf = (name: string): number[] => (shapes.of(name)?.shape ?? []).map(Number);
  const feature = (value: string): string => valueIn(float.graph, value, composition);
  const bare = (value: string): string => bareOutput(float.graph, feature(value), shapeOf, meaning).name;
  const noted = (name: string): string => {
    asked.add(name);
    return name;
  };
  const wires: Wires = {
    ...request,
    known: knownOf(pictures),
    wiring: lossWiring(pictures, batches, settings),
    answer: (value) => noted(bare(value)),
    feature: (value) => noted(feature(value)),
    isPicture: (value) => shapes.of(feature(value))?.shape?.length === 4,
  };
  const written = settings.losses ?? Object.fromEntries(endsOf(composition, float.graph).map((alias) => [alias, 1]));
  const losses = Object.entries(written).flatMap(([key, loss]) => lossesAt(placeOf(key, composition), loss, wires));
  if (asked.size === 0) return { losses };
  const teacher = await openTeacher({ model: float, student: model, batches, meaning, features: [...asked] }, { runtime, context });
  return { losses, teacher: settings['teacher-sees'] === 'clean' ? seeingClean(teacher) : teacher };
}

/** Of one place, with its weight. */
function lossesAt(place: Place, loss: JointLoss, wires: Wires): WeightedLoss[] {
  const found = typeof loss === 'number' ? scaled(usualLosses(place, wires), loss) : namedAt(place, loss, wires);
  return found
    .filter(({ weight }) => weight > 0)
    .map(({ loss: own, weight }) => ({ loss: atPlace(own, place, wires.composition), weight }));
}

const scaled = (losses: readonly WeightedLoss[], factor: number): WeightedLoss[] =>
  losses.map(({ loss, weight }) => ({ loss, weight: weight * factor }));

/** Of an answer what the pictures know and the float chain besides (`alpha`); on the way the target, else what the float chain has. */
function usualLosses(place: Place, wires: Wires): WeightedLoss[] {
  if (place.output !== undefined) {
    // Labels and boxes speak of the answer, not of what is on its way.
    const targets: Known = new Set([...wires.known].filter((known) => known === 'targets'));
    return targets.size ? defaultLosses(targets, wires.wiring) : [consistency(place, wires)];
  }
  const isPicture = place.values.some(wires.isPicture);
  const known: Known = new Set([...wires.known].filter((one) => isPicture || one !== 'targets'));
  const task = defaultLosses(known, wires.wiring);
  const alpha = task.length ? (wires.settings.alpha as number) : 1;
  return [...scaled(task, 1 - alpha), ...(alpha > 0 ? scaled([answers(place, wires)], alpha) : [])];
}

function namedAt(place: Place, { agreement: share = 0, ...named }: Exclude<JointLoss, number>, wires: Wires): WeightedLoss[] {
  const float = place.output === undefined ? answers : consistency;
  return [...namedLosses(named, wires.known, wires.wiring), ...(share > 0 ? scaled([float(place, wires)], share) : [])];
}

/** How far the answer is from that of the float chain. */
const answers = ({ values }: Place, { answer, meaning, settings }: Wires): WeightedLoss => ({
  loss: agreement({ meaning, answers: values.map(answer), temperature: settings.temperature as number }),
  weight: 1,
});

/** How far a picture on its way is from that of the float chain. */
const consistency = ({ values: [value] }: Place, { feature }: Wires): WeightedLoss => {
  const teacher = feature(value!);
  return {
    loss: { name: 'consistency', build: (site) => matching({ pairs: [{ student: site.outputs[0]!.name, teacher }] }).build(site) },
    weight: 1,
  };
};
