import { dpuChain } from '../zcu104/chain.ts';

/** DS987 (K26 SOM): 4 GB of DDR4. */
export const chain = dpuChain('kv260', 1, 4 * 2 ** 30);
