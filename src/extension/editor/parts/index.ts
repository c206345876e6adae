import type { ViewPart } from '../view-part.ts';
import { details } from './details.ts';
import { overlays } from './overlays.ts';

/** What a view of a model can do, in the order in which it is told. */
export const viewParts: readonly ViewPart[] = [details, overlays];
