/** A point of the training, behind the warm-up. */
export interface Moment {
  /** Part of the training that is done, 0 (begin) to 1 (end). */
  readonly progress: number;
  /** Epochs that are done. */
  readonly epoch: number;
}

/** Of `step`: the rate is multiplied by `factor` every so many epochs. */
export interface StepDecay {
  readonly every: number;
  readonly factor: number;
}

/** Share of the highest learning rate at a point of the training. */
export type Schedule = (moment: Moment, decay: StepDecay) => number;

/** Down by a factor again and again (He et al. 2016, section 4.2, divide by ten). */
const step: Schedule = ({ epoch }, { every, factor }) => factor ** Math.floor(epoch / every);

/** Half a cosine from 1 to 0 (Loshchilov and Hutter 2017, eq. 5, one cycle). */
const halfCosine = (part: number): number => 0.5 * (1 + Math.cos(Math.PI * part));

const cosine: Schedule = ({ progress }) => halfCosine(progress);

/** Up to the highest rate at 30 %, then down by a cosine (Smith and Topin 2018, in PyTorch's form: from 1/25 to 1/25/10⁴). */
const oneCycle: Schedule = ({ progress }) => {
  const [peak, start] = [0.3, 1 / 25];
  const between = (from: number, to: number, part: number): number => to + (from - to) * halfCosine(part);
  return progress < peak ? between(start, 1, progress / peak) : between(1, start / 1e4, (progress - peak) / (1 - peak));
};

export const schedules = { constant: () => 1, step, cosine, 'one-cycle': oneCycle } as const satisfies Record<string, Schedule>;

export interface RateSettings {
  readonly 'learning-rate': number;
  readonly schedule: keyof typeof schedules;
  readonly 'decay-epochs': number;
  readonly 'decay-factor': number;
  /** Epochs. */
  readonly 'warm-up': number;
}

/** Learning rate of the step that comes after `done` steps of `total`: a straight line up over the warm-up (its last step has the full rate), then the schedule. */
export function rateAt(settings: RateSettings, done: number, total: number, stepsPerEpoch: number): number {
  const warm = Math.min(settings['warm-up'] * stepsPerEpoch, total);
  const highest = settings['learning-rate'];
  if (done + 1 < warm) return (highest * (done + 1)) / warm;
  const since = Math.max(0, done - warm);
  const moment = { progress: total > warm ? since / (total - warm) : 1, epoch: since / stepsPerEpoch };
  return highest * schedules[settings.schedule](moment, { every: settings['decay-epochs'], factor: settings['decay-factor'] });
}
