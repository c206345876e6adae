import { activation } from './activation.ts';
import { bnScale } from './bn-scale.ts';
import type { Criterion } from './criterion.ts';
import { fpgm } from './fpgm.ts';
import { hessian } from './hessian.ts';
import { l1 } from './l1.ts';
import { l2 } from './l2.ts';
import { lamp } from './lamp.ts';
import { random } from './random.ts';
import { reconstruction } from './reconstruction.ts';
import { taylor } from './taylor.ts';

export type { Criterion, CriterionPictures, CriterionRequest, Votes } from './criterion.ts';

/** Every criterion. A new one is one file and a line here. */
export const criteria: readonly Criterion[] = [l1, l2, bnScale, lamp, fpgm, taylor, hessian, activation, reconstruction, random];

export const findCriterion = (name: string): Criterion | undefined => criteria.find(({ declaration }) => declaration.name === name);
