// The language server as a process of its own; without an option it speaks on stdin and stdout.
import process from 'node:process';
import { createConnection } from 'vscode-languageserver/node';
import { connectFacts } from './facts/connect.ts';
import { serve } from './server.ts';

const transports = ['--stdio', '--node-ipc', '--socket', '--pipe'];
if (!process.argv.some((argument) => transports.includes(argument.split('=')[0]!))) process.argv.push('--stdio');

// An end before the first word is nobody's failure; a later one is a client that has gone, and the connection ends the process with 1.
if (process.argv.includes('--stdio')) {
  process.stdin.once('end', () => {
    if ((process.stdin as { bytesRead?: number }).bytesRead === 0) process.exit(0);
  });
}

const connection = createConnection();
serve(connection, {
  facts: (client) => connectFacts(connection, client),
  pages: new URL('../docs/reference/problems.md', import.meta.url).href,
});
