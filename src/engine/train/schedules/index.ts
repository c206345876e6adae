/** Share of the highest learning rate at a point of the training, 0 (begin) to 1 (end). */
export type Schedule = (progress: number) => number;

/** Divided by ten at half and at three quarters (He et al. 2016, section 4.2), or at points of one's own. */
const step: Schedule = (progress) => (progress < 0.5 ? 1 : progress < 0.75 ? 0.1 : 0.01);

/** Half a cosine from 1 to 0 (Loshchilov and Hutter 2017, eq. 5, one cycle). */
const cosine: Schedule = (progress) => 0.5 * (1 + Math.cos(Math.PI * progress));

/** Up to the highest rate at 30 %, then down by a cosine (Smith and Topin 2018, in PyTorch's form: from 1/25 to 1/25/10⁴). */
const oneCycle: Schedule = (progress) => {
  const [peak, start] = [0.3, 1 / 25];
  const between = (from: number, to: number, part: number): number => to + (from - to) * cosine(part);
  return progress < peak ? between(start, 1, progress / peak) : between(1, start / 1e4, (progress - peak) / (1 - peak));
};

export const schedules = { constant: () => 1, step, cosine, 'one-cycle': oneCycle } as const satisfies Record<string, Schedule>;

/** A schedule that begins by a straight line from 0 over the first part of the training. */
export const warmedUp =
  (schedule: Schedule, part: number): Schedule =>
  (progress) =>
    progress < part ? progress / part : schedule(part < 1 ? (progress - part) / (1 - part) : 1);
