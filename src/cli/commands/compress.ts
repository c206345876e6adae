import { stepCommand } from './step.ts';

/** `lathe compress MODEL --drop 1.0`: the step `auto`. */
export const compress = stepCommand('auto', 'compress', '--drop 0.5 --time 5m');
