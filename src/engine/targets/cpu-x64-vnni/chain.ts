import { cpuChain } from '../cpu/chain.ts';

export const chain = cpuChain('cpu-x64-vnni');
