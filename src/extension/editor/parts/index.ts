import type { ViewPart } from '../view-part.ts';
import { details } from './details.ts';
import { jobs } from './jobs.ts';
import { overlays } from './overlays.ts';
import { recipe } from './recipe.ts';
import { steering } from './steering.ts';
import { weights } from './weights.ts';

/** What a view of a model can do, in the order in which it is told. */
export const viewParts: readonly ViewPart[] = [details, weights, overlays, steering, recipe, jobs];
