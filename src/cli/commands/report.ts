import path from 'node:path';
import type { Command } from 'commander';
import { bytes } from '../../protocol/format.ts';
import type { Cli } from '../cli.ts';
import { examples } from '../examples.ts';
import { runJob } from '../job.ts';
import { jobOptions, type JobOptions } from '../options/general.ts';
import { printResult } from '../output/result.ts';

export function report(command: Command, cli: Cli): void {
  command
    .description(
      'Writes one HTML file of one run or of several: what was done, with which data, and what it cost, here and on the boards it was measured on; of several, methods and targets with a picture of each cost against the metric. No remote content.',
    )
    .argument('<run...>', 'run folders')
    .option(
      '-o, --output <file>',
      'the HTML file, or a .csv or .json with all figures; by default report.html in the run folder, for several beside their folders',
    );
  jobOptions(command).action(async (runs: string[], options: JobOptions & { output?: string }) => {
    const folders = runs.map((run) => path.resolve(cli.cwd, run));
    const output = options.output === undefined ? {} : { output: path.resolve(cli.cwd, options.output) };
    const result = await runJob(cli, { kind: 'report', runs: folders, ...output }, options);
    printResult(cli, 'report', options, result, (document) => `${document.output.path}  ${bytes(document.output.bytes)}`);
  });
  examples(command, 'lathe report lathe-runs/shapes-*', 'lathe report lathe-runs/shapes-* -o shapes.csv --json');
}
