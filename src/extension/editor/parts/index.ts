import type { ViewPart } from '../view-part.ts';
import { compare } from './compare.ts';
import { details } from './details.ts';
import { jobs } from './jobs.ts';
import { limits } from './limits.ts';
import { overlays } from './overlays.ts';
import { recipe } from './recipe.ts';
import { save } from './save.ts';
import { state } from './state.ts';
import { steering } from './steering.ts';
import { weights } from './weights.ts';

/** What a view of a model can do, in the order in which it is told. */
export const viewParts: readonly ViewPart[] = [state, details, weights, overlays, steering, recipe, jobs, compare, save, limits];
