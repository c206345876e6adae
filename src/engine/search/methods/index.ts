import type { SearchMethod } from '../problem.ts';
import { greedy } from './greedy.ts';
import { knapsack } from './knapsack.ts';

/** Every way to choose widths, the default first. */
export const searchMethods: readonly SearchMethod[] = [knapsack, greedy];

export const findSearchMethod = (name: string): SearchMethod | undefined => searchMethods.find((method) => method.name === name);
