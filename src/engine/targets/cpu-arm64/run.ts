import { cpuRunner } from '../cpu/run.ts';

export const runner = cpuRunner('cpu-arm64');
