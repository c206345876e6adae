const always: ReadonlySet<string> = new Set(['quantize', 'qat', 'auto']);

/** Whether a step leaves integers behind: `joint` where it says so. */
export const isRounding = (step: string, settings: Readonly<Record<string, unknown>>): boolean =>
  always.has(step) || (step === 'joint' && settings['qat'] !== undefined);
