import { Command, CommanderError } from 'commander';
import { latheVersion } from '../engine/base/version.ts';
import { nearest, suggestion } from '../engine/recipe/nearest.ts';
import type { Cli, CommonOptions } from './cli.ts';
import { commands } from './commands/index.ts';
import { wrongCall } from './failure.ts';
import { printFailure } from './output/failure.ts';

/** Runs one command line and returns the exit code (cli.md). Never throws. */
export async function main(given: readonly string[], cli: Cli): Promise<number> {
  const args = commandFirst(given);
  const [first = '', ...others] = args[0] === 'help' ? [...args.slice(1), '--help'] : args;
  const options = optionsAnyway(args);
  try {
    const program = await programFor(first, cli);
    await program.parseAsync([first, ...others].filter(Boolean), { from: 'user' });
    return cli.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      return printFailure(
        cli,
        first,
        options,
        wrongCall('usage', plainMessage(error), `See: lathe ${commands.some(({ name }) => name === first) ? `${first} ` : ''}--help`),
      );
    }
    return printFailure(cli, first, options, error);
  }
}

/** `lathe --json inspect …` means the same as `lathe inspect … --json`. */
function commandFirst(args: readonly string[]): string[] {
  const everywhere = ['--json', '--quiet', '--verbose'];
  const start = args.findIndex((argument) => !everywhere.includes(argument));
  return start < 0 ? [...args] : [...args.slice(start), ...args.slice(0, start)];
}

/** What decides how a failure is shown must be known even when the command line can't be read. */
const optionsAnyway = (args: readonly string[]): CommonOptions => ({ json: args.includes('--json'), verbose: args.includes('--verbose') });

async function programFor(called: string, cli: Cli): Promise<Command> {
  const program = new Command('lathe')
    .description('Makes vision models small enough for edge devices.')
    .version(latheVersion, '-V, --version', 'the version')
    .helpOption('-h, --help', 'this text; lathe COMMAND --help says more')
    .helpCommand(false)
    // `--version` behind a command is the command's.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void cli.stdout.write(text),
      writeErr: (text) => void cli.stderr.write(text),
      // Errors are printed once, in one place: see `main`.
      outputError: () => {},
      getOutHelpWidth: () => Math.min(cli.stdout.columns ?? 100, 120),
    })
    .showSuggestionAfterError()
    .action(() => program.outputHelp());
  program.addHelpText('after', '\nExamples:\n  lathe inspect samples/shapes/model.onnx\n  lathe run samples/shapes/shapes.compress.yaml');
  if (!called.startsWith('-') && called !== '') checkName(called);
  for (const { name, summary, load } of commands) {
    const command = program.command(name).summary(summary);
    if (name === called) (await load())(command, cli);
  }
  return program;
}

function checkName(called: string): void {
  const names = commands.map(({ name }) => name);
  if (names.includes(called)) return;
  const list = `There are: ${names.join(', ')}.`;
  throw wrongCall('unknown-command', `there is no command ${JSON.stringify(called)}${suggestion(nearest(called, names))}`, list);
}

/** "error: unknown option '--x'\n(Did you mean --y?)" as one sentence. */
const plainMessage = (error: CommanderError): string =>
  error.message
    .replace(/^error: /, '')
    .replace(/\n/g, ' ')
    .trim();
