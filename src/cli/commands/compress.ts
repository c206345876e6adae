import { calibratedExamples, stepCommand } from './step.ts';

/** `lathe compress MODEL --drop 1.0`: the step `auto`. */
export const compress = stepCommand('auto', { called: 'compress', examples: calibratedExamples('--drop 0.5 --time 5m') });
