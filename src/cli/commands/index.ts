import type { Command } from 'commander';
import type { Cli } from '../cli.ts';

/** A command's module is loaded only when it is called: `lathe --version` must not wait for a schema library. */
export interface CommandEntry {
  readonly name: string;
  /** For `lathe --help`. */
  readonly summary: string;
  /** Adds arguments, options, help and action. */
  readonly load: () => Promise<(command: Command, cli: Cli) => void>;
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'inspect',
    summary: 'what is in a model: layers, parameters, MACs, memory',
    load: async () => (await import('./inspect.ts')).inspect,
  },
  { name: 'quantize', summary: 'quantize after training', load: async () => (await import('./quantize.ts')).quantize },
  { name: 'qat', summary: 'quantize with training', load: async () => (await import('./qat.ts')).qat },
  { name: 'fit', summary: 'rewrite layers that a board refuses', load: async () => (await import('./fit.ts')).fit },
  { name: 'cluster', summary: 'give the weights a few values that they share', load: async () => (await import('./cluster.ts')).cluster },
  { name: 'distill', summary: 'learn from a larger model', load: async () => (await import('./distill.ts')).distill },
  { name: 'prune', summary: 'remove channels, or set weights to zero', load: async () => (await import('./prune.ts')).prune },
  { name: 'train', summary: 'train or fine-tune on labelled pictures', load: async () => (await import('./train.ts')).train },
  {
    name: 'compress',
    summary: 'compress as far as an allowed loss permits',
    load: async () => (await import('./compress.ts')).compress,
  },
  {
    name: 'analyze',
    summary: 'which layers take quantization badly, at which width',
    load: async () => (await import('./analyze.ts')).analyze,
  },
  { name: 'new', summary: 'an untrained model of a named architecture', load: async () => (await import('./new.ts')).newCommand },
  { name: 'run', summary: 'run a recipe', load: async () => (await import('./run.ts')).run },
  {
    name: 'search',
    summary: 'a width for each layer within a budget, as a recipe',
    load: async () => (await import('./search.ts')).search,
  },
  { name: 'evaluate', summary: 'measure a model on pictures', load: async () => (await import('./evaluate.ts')).evaluate },
  {
    name: 'compare',
    summary: 'two models: structure, and the error of every layer',
    load: async () => (await import('./compare.ts')).compare,
  },
  { name: 'compose', summary: "the models of a recipe's chain as one file", load: async () => (await import('./compose.ts')).compose },
  { name: 'validate', summary: 'check recipes without running them', load: async () => (await import('./validate.ts')).validate },
  { name: 'schema', summary: "the recipe's JSON Schema", load: async () => (await import('./schema.ts')).schema },
  { name: 'report', summary: 'one HTML file of one run or several', load: async () => (await import('./report.ts')).report },
  {
    name: 'check',
    summary: 'where each node runs on a board, and why not on its accelerator',
    load: async () => (await import('./check.ts')).check,
  },
  {
    name: 'export',
    summary: 'write a model as another container: xmodel, onnx',
    load: async () => (await import('./export.ts')).exportCommand,
  },
  {
    name: 'import',
    summary: 'a model of PyTorch, Keras or TensorFlow as ONNX, by your own Python',
    load: async () => (await import('./import.ts')).importCommand,
  },
  {
    name: 'compile',
    summary: 'run the vendor’s compiler of a board',
    load: async () => (await import('./compile.ts')).compile,
  },
  {
    name: 'deploy',
    summary: 'compile for boards, copy to them, run and measure there',
    load: async () => (await import('./deploy.ts')).deploy,
  },
  { name: 'merge', summary: 'add the parts of a sharded job', load: async () => (await import('./merge.ts')).merge },
  {
    name: 'language-server',
    summary: 'checks, completion and hover of recipes for any editor',
    load: async () => (await import('./language-server.ts')).languageServer,
  },
  { name: 'clean', summary: 'list run folders, remove what is named', load: async () => (await import('./clean.ts')).clean },
  { name: 'doctor', summary: 'what this machine has', load: async () => (await import('./doctor.ts')).doctor },
];
