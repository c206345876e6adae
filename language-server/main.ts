// The language server as a process of its own: `node language-server.mjs --stdio` (or --node-ipc, --socket=PORT, --pipe=NAME).
import { createConnection } from 'vscode-languageserver/node';
import { serve } from './server.ts';
import { emptyFacts } from './service/facts.ts';

serve(createConnection(), { facts: () => emptyFacts });
