import { calibratedExamples, stepCommand } from './step.ts';

/** `lathe quantize MODEL --weights 4`. */
export const quantize = stepCommand('quantize', { examples: calibratedExamples('--weights 4') });
