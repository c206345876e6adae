import path from 'node:path';
import type { Command } from 'commander';
import { bytes } from '../../protocol/format.ts';
import type { AnalyzeDocument } from '../../protocol/results/analyze.ts';
import type { EvaluateDocument } from '../../protocol/results/evaluate.ts';
import type { Cli } from '../cli.ts';
import { examples, sample } from '../examples.ts';
import { runJob } from '../job.ts';
import { jobOptions, type JobOptions } from '../options/general.ts';
import { analysisText } from '../output/analysis.ts';
import { printResult, widthOf } from '../output/result.ts';
import { evaluationText } from './evaluate.ts';

export function merge(command: Command, cli: Cli): void {
  command
    .description('Adds the parts of a sharded job. The result equals that of the whole job exactly.')
    .argument('<part...>', 'files that --shard has written')
    .option('-o, --output <file>', 'where merged figures go (else beside the first part), or one more copy of the model');
  jobOptions(command).action(async (parts: string[], options: JobOptions & { output?: string }) => {
    const files = parts.map((part) => path.resolve(cli.cwd, part));
    const output = options.output === undefined ? {} : { output: path.resolve(cli.cwd, options.output) };
    const result = await runJob(cli, { kind: 'merge', parts: files, ...output }, options);
    printResult(cli, 'merge', options, result, (document, style) => {
      const written = `${document.output.path}  ${bytes(document.output.bytes)}`;
      if ('method' in document) return `${analysisText(document as AnalyzeDocument, style, widthOf(cli))}\n${written}`;
      return 'metric' in document ? `${evaluationText(document as EvaluateDocument, style)}\n${written}` : written;
    });
  });
  examples(
    command,
    `lathe evaluate ${sample.model} --test ${sample.test} --labels folders --shard 1/2 && lathe evaluate ${sample.model} --test ${sample.test} --labels folders --shard 2/2 && lathe merge model.part-*.json`,
    'lathe merge model.part-*.json --json',
  );
}
