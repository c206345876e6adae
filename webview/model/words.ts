/** "12,000": as it is counted. */
export const exact = (value: number): string => value.toLocaleString('en');

/** "1 layer", "12,000 layers". */
export const plural = (value: number, one: string): string => `${exact(value)} ${one}${value === 1 ? '' : 's'}`;

/** Where a key is named: "Ctrl+F", on a Mac "⌘F". */
export const isMac = (): boolean => /mac/i.test((globalThis as { navigator?: { userAgent: string } }).navigator?.userAgent ?? '');
