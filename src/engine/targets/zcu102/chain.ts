import { dpuChain } from '../zcu104/chain.ts';

/** UG1182: 4 GB of DDR4 at the processor. */
export const chain = dpuChain('zcu102', 3, 4 * 2 ** 30);
