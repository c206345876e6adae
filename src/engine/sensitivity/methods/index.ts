import { isolated } from './isolated.ts';
import { leaveOneOut } from './leave-one-out.ts';
import type { Method } from '../method.ts';
import { tap } from './tap.ts';

/** Every method, the default first. A new one is one file and a line here. */
export const methods: readonly Method[] = [isolated, tap, leaveOneOut];

/** Methods that the format knows and this version lacks. */
export const plannedMethods: readonly string[] = ['gradient'];

export const findMethod = (name: string): Method | undefined => methods.find((method) => method.name === name);
