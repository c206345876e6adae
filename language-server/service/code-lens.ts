import { isMap, isNode, isPair, isScalar, isSeq, type Node } from 'yaml';
import type { CodeLens, Command, Range } from 'vscode-languageserver-types';
import { recipeCommands } from '../../src/protocol/language.ts';
import type { Request } from './feature.ts';
import { short } from './text/short.ts';
import { rangeOf } from './text/range.ts';

const { run, dryRun, analyze, showChain, compareWithLastRun, check, deploy, deployDryRun } = recipeCommands;

/** What can be done with a recipe, above its first key, its chain, its steps and its boards, and with each of several steps or boards alone. */
export function codeLenses(request: Request): CodeLens[] {
  const { document, facts } = request;
  const { contents } = document.tree;
  if (document.file === undefined || !isMap(contents)) return [];
  const keys = contents.items.flatMap(({ key, value }) => (isScalar(key) && key.range ? [{ key, value: value as Node | null }] : []));
  const steps = keys.find(({ key }) => key.value === 'steps');
  const isRecipe = steps !== undefined || keys.some(({ key }) => key.value === 'model' || key.value === 'models');
  const first = keys[0];
  if (!isRecipe || !first) return [];
  const commands = recipeLenses(document.uri, facts.lastRun(document.file));
  const above = (node: Node, all: readonly Command[]): CodeLens[] => all.map((command) => ({ range: lineOf(request, node), command }));
  const ofSteps = steps && steps !== first ? above(steps.key, commands) : [];
  const chain = keys.find(({ key }) => key.value === 'chain');
  const boards = keys.find(({ key }) => key.value === 'deploy');
  return [
    ...above(first.key, commands),
    ...(chain ? above(chain.key, [chainLens(document.uri)]) : []),
    ...ofSteps,
    ...(isSeq(steps?.value) ? stepLenses(request, steps.value.items) : []),
    ...(boards ? above(boards.key, boardLenses(document.uri, undefined)) : []),
    ...(isSeq(boards?.value) && boards.value.items.length > 1
      ? boards.value.items.flatMap((item, index) => (isNode(item) && item.range ? above(item, boardLenses(document.uri, index)) : []))
      : []),
  ];
}

function recipeLenses(uri: string, last: ReturnType<Request['facts']['lastRun']>): Command[] {
  const lens = (title: string, command: string, tooltip: string): Command => ({ title, command, arguments: [uri], tooltip });
  const stale = last?.stale === undefined ? '' : ` (stale: ${short(last.stale, 60)})`;
  return [
    lens('$(play)\u00a0Run', run, 'Runs all steps'),
    lens('$(debug-step-over)\u00a0Dry run', dryRun, 'Shows the plan with its costs and runs nothing'),
    lens('$(graph)\u00a0Analyze', analyze, 'Measures the error of each layer'),
    ...(last
      ? [
          {
            title: `$(compare-changes)\u00a0Compare with last run: ${short(last.summary, 80)}${stale}`,
            command: compareWithLastRun,
            arguments: [uri, last.folder],
            tooltip: `Compares the model with what the run of ${short(last.finished.slice(0, 16).replace('T', ' '), 16)} UTC made of it`,
          },
        ]
      : []),
  ];
}

const chainLens = (uri: string): Command => ({
  title: '$(type-hierarchy)\u00a0Show the chain',
  command: showChain,
  arguments: [uri],
  tooltip: 'Opens the models as one graph, with each of them as a group',
});

/** Of all entries of `deploy`, or of one. */
function boardLenses(uri: string, entry: number | undefined): Command[] {
  const arguments_ = entry === undefined ? [uri] : [uri, entry];
  const lens = (title: string, command: string, tooltip: string): Command => ({ title, command, arguments: arguments_, tooltip });
  return [
    lens('$(rocket)\u00a0Deploy', deploy, 'Compiles the result of the last run, copies it to the board, runs and measures it there'),
    lens('$(debug-step-over)\u00a0Dry run', deployDryRun, 'Shows the exact commands and does nothing'),
    ...(entry === undefined ? [lens('$(checklist)\u00a0Check board', check, 'Says where each layer would run, and why')] : []),
  ];
}

/** One step of several can run alone, on the model as it is. */
function stepLenses(request: Request, items: readonly unknown[]): CodeLens[] {
  if (items.length < 2) return [];
  return items.flatMap((item, index): CodeLens[] => {
    const pair = isMap(item) ? item.items[0] : undefined;
    if (!isPair(pair) || !isScalar(pair.key) || !pair.key.range) return [];
    const arguments_ = [request.document.uri, index];
    const range = lineOf(request, pair.key);
    return [
      {
        range,
        command: {
          title: '$(play)\u00a0Run only this step',
          command: run,
          arguments: arguments_,
          tooltip: 'Runs this step alone, on the model as it is',
        },
      },
      {
        range,
        command: {
          title: '$(debug-step-over)\u00a0Dry run',
          command: dryRun,
          arguments: arguments_,
          tooltip: 'Shows what this step alone would do',
        },
      },
    ];
  });
}

function lineOf({ document }: Request, node: Node): Range {
  const [from, to] = node.range!;
  return rangeOf(document, from, to);
}
