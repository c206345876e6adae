import { dpuCompiler } from '../zcu104/compile.ts';
import { b4096 } from '../zcu104/verdict/architecture.ts';

export const kv260Compiler = dpuCompiler({ target: 'kv260', title: 'KV260', architecture: b4096 });
