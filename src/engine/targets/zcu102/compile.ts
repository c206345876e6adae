import { dpuCompiler } from '../zcu104/compile.ts';
import { b4096 } from '../zcu104/verdict/architecture.ts';

export const zcu102Compiler = dpuCompiler({ target: 'zcu102', title: 'ZCU102', architecture: b4096 });
