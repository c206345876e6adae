import { cpuRunner } from '../cpu/run.ts';

export const runner = cpuRunner('cpu-x64-vnni');
