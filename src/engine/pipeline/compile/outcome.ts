import type { Finished } from '../../base/command.ts';
import { LatheError } from '../../base/errors.ts';
import type { ToolFinding } from '../../../protocol/results/board.ts';
import type { CompileFindings, CompiledFile, CompileStep, ToolMessage } from '../../targets/compile-plan.ts';
import type { LayerOf } from './layers.ts';

/** Messages and nodes that a document carries at most. */
const most = 500;
const longest = 300;

/** What a tool said, with the layers of our model that it is about. */
export const findingsOf = (messages: readonly ToolMessage[], layerOf: LayerOf): ToolFinding[] =>
  messages.slice(0, most).map((message) => {
    const layer = message.node === undefined ? undefined : layerOf(message.node);
    return { ...message, ...(layer === undefined ? {} : { layer }) };
  });

type OnCpu = { node: string; op: string; reason?: string; layer?: string };

/** Nodes left to the processor: those of the log, which have reasons, then what the file has beside them. */
export function onCpuOf(log: CompileFindings, file: CompiledFile, layerOf: LayerOf): OnCpu[] {
  const withLayer = (node: NonNullable<CompileFindings['onCpu']>[number]): OnCpu => {
    const layer = layerOf(node.node);
    return { ...node, ...(layer === undefined ? {} : { layer }) };
  };
  const told = (log.onCpu ?? []).map(withLayer);
  const known = new Set(told.flatMap(({ node, layer }) => [node, layer]));
  const found = (file.onCpu ?? [])
    .map(withLayer)
    .filter(({ node, layer }) => !known.has(node) && (layer === undefined || !known.has(layer)));
  return [...told, ...found].slice(0, most);
}

/** Why a step has failed: the first error that the tool printed, else how it ended and its last words. */
export function failureOf(
  step: CompileStep,
  finished: Finished,
  findings: readonly ToolFinding[],
  lastLine: string,
  log: string,
): LatheError {
  const said = findings.find(({ severity }) => severity === 'error');
  const node = said?.layer ?? said?.node;
  const seeLog = `All that it printed: ${log}`;
  const place = {
    ...(node === undefined ? {} : { node: node.slice(0, longest) }),
    hint: said?.hint === undefined ? seeLog : `${said.hint} ${seeLog}`,
  };
  const end = ending(finished);
  if (said) return new LatheError('compile.failed', `${step.title}: ${said.message.slice(0, longest)} (it ${end})`, place, 1);
  const words = lastLine === '' ? 'it printed nothing' : `its last words: ${lastLine.slice(0, longest)}`;
  const nothing = step.makes === undefined ? '' : ' and made no file';
  return new LatheError('compile.failed', `${step.title}: it ${end}${nothing}; ${words}`, place, 1);
}

/** What exit codes mean by convention: bash, coreutils' timeout, docker and podman run. */
const meanings: Readonly<Record<number, string>> = {
  124: ' (stopped for its time limit)',
  125: ' (the container could not be started)',
  126: ' (the program can’t be run)',
  127: ' (the program was not found)',
  134: ' (it aborted)',
  137: ' (it was killed, usually for lack of memory)',
  139: ' (it crashed)',
};

const ending = ({ exitCode, signal }: Finished): string =>
  exitCode === null ? `was ended by ${signal ?? 'a signal'}` : `ended with exit code ${exitCode}${meanings[exitCode] ?? ''}`;
