import { cpuChain } from '../cpu/chain.ts';

export const chain = cpuChain('cpu-arm64');
