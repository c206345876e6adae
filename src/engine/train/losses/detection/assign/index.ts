import type { Assigner } from './assigner.ts';
import { centre } from './centre.ts';
import { simOta } from './sim-ota.ts';
import { taskAligned } from './task-aligned.ts';

/** Ways to choose which places answer for a box. A new one is one file and a line here. */
export const assigners: readonly Assigner[] = [simOta, taskAligned, centre];
