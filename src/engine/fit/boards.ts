import { b4096, type DpuArchitecture } from '../targets/zcu104/verdict/architecture.ts';

/** Targets whose accelerator fixes are known for, with the configuration of their own images. A new one is a line here. */
const boards: Readonly<Record<string, DpuArchitecture>> = { zcu104: b4096, zcu102: b4096, kv260: b4096 };

/** What a model for this target is rewritten for; undefined: nothing is known to rewrite. */
export const boardOf = (target: string): DpuArchitecture | undefined => (Object.hasOwn(boards, target) ? boards[target] : undefined);

export const fittedTargets = (): string[] => Object.keys(boards);
