import type { RunComparison } from '../../protocol/runs-comparison.ts';
import { toJson } from '../base/json.ts';
import { latheVersion } from '../base/version.ts';

/** Several runs as one JSON document: rows, costs, and all that was measured on boards, in bytes, counts, milliseconds, watts and joules. */
export const comparisonJson = (comparison: RunComparison): string => `${toJson({ lathe: latheVersion, ...comparison })}\n`;
