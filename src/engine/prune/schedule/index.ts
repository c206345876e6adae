/** Part that is left after round `done` of `rounds`, for a goal of `goal` (0 < goal <= 1). Falls from 1 to `goal`. */
export type Schedule = (goal: number, done: number, rounds: number) => number;

/** The same factor in each round. */
const geometric: Schedule = (goal, done, rounds) => goal ** (done / rounds);

/** The same amount in each round. */
const linear: Schedule = (goal, done, rounds) => 1 - ((1 - goal) * done) / rounds;

export const schedules = { geometric, linear } as const satisfies Record<string, Schedule>;
