import { once } from 'node:events';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Option, type Command } from 'commander';
import type { Cli } from '../cli.ts';
import { examples } from '../examples.ts';

/**
 * The server reads its options from the command line itself, as every server on Node does: those named here are for `--help` and so that
 * a misspelt one is found.
 */
export function languageServer(command: Command, cli: Cli): void {
  command
    .description(
      'Serves editors that speak the Language Server Protocol: problems, completion, hover and more in *.compress.yaml while you type. Editors start it themselves; docs/guide/other-editors.md says how.',
    )
    .addOption(new Option('--stdio', 'speak on stdin and stdout; so it does without any option'))
    .addOption(new Option('--socket <port>', 'connect to a port of this machine, where the editor listens'))
    .addOption(new Option('--pipe <name>', 'connect to a named pipe or socket file'))
    .addOption(new Option('--node-ipc', 'speak by the messages of a Node process that started this one'))
    .addOption(new Option('--clientProcessId <id>', 'end when this process has ended'))
    .helpOption('-h, --help', 'this text')
    .action(async () => {
      // A bundle of its own, beside the worker's: no other command waits for it.
      await import(pathToFileURL(path.join(path.dirname(cli.workerPath), 'language-server.mjs')).href);
      // The server ends the process when its client says so, or is gone.
      if (!cli.signal.aborted) await once(cli.signal, 'abort');
      process.exit(130);
    });
  examples(command, 'lathe language-server --stdio', 'lathe language-server --help');
}
