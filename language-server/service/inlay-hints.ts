import { isMap, isPair, isScalar, isSeq } from 'yaml';
import type { InlayHint, Range } from 'vscode-languageserver-types';
import { bytes, count, shortChange, timeLeft } from '../../src/protocol/format.ts';
import type { Request } from './feature.ts';
import { layerLines } from './layer-lines.ts';
import { stepCosts, type StepCost } from './step-costs.ts';
import { nodeAt } from './written.ts';

/** What the lines of a recipe come to, at their ends. `layers`: the client does not draw what is known of layers itself. */
export function inlayHints(request: Request, range: Range, { layers }: { readonly layers: boolean }): InlayHint[] {
  const hints = [...stepHints(request), ...boardHints(request), ...(layers ? layerHints(request) : [])];
  return hints.filter(({ position: { line } }) => line >= range.start.line && line <= range.end.line);
}

/** What each step leaves of the model. */
function stepHints(request: Request): InlayHint[] {
  const { document } = request;
  const items = nodeAt(document, ['steps']);
  if (!isSeq(items)) return [];
  const costs = stepCosts(request);
  return items.items.flatMap((item, index): InlayHint[] => {
    const cost = costs.get(index);
    const pair = isMap(item) ? item.items[0] : undefined;
    if (!cost || !isPair(pair) || !isScalar(pair.key) || !pair.key.range) return [];
    const { line } = document.text.positionAt(pair.key.range[0]);
    return [endOfLine(request, line, stepText(cost), stepTooltip(cost))];
  });
}

/** What a board without an address comes to. */
function boardHints(request: Request): InlayHint[] {
  const { document } = request;
  const boards = nodeAt(document, ['deploy']);
  const entries = isSeq(boards) ? boards.items : [boards];
  return entries.flatMap((entry): InlayHint[] => {
    if (!isMap(entry) || !entry.range || entry.items.length === 0) return [];
    const keys = entry.items.map(({ key }) => (isScalar(key) ? key.value : undefined));
    if (keys.includes('host') || keys.includes('<<')) return [];
    const { line } = document.text.positionAt(entry.range[0]);
    return [endOfLine(request, line, 'no host: planned only', 'Without `host` nothing is reached: a dry run shows what would be done.')];
  });
}

/** "about 198 → 36.5 kB file, 19.2 kB packed · 5.1 → 3.55 M MACs · about 40 s", of what changes. Short: editors cut long hints. */
function stepText({ before, after, seconds }: StepCost): string {
  const time = seconds === undefined ? '' : ` · ${timeLeft(seconds)}`;
  if (after.open) return `at most ${bytes(after.weightBytes)} file: found out as it runs${time}`;
  const packed = after.packedBytes === after.weightBytes ? '' : `, ${bytes(after.packedBytes)} packed`;
  const work = macsChange(before.macs, after.macs);
  return `about ${shortChange(before.weightBytes, after.weightBytes, 'B')} file${packed}${work === undefined ? '' : ` · ${work}`}${time}`;
}

const macsChange = (before: number | null, after: number | null): string | undefined =>
  before === null || after === null || before === after ? undefined : `${shortChange(before, after, '')} MACs`;

function stepTooltip({ before, after, seconds }: StepCost): string {
  const change = (what: string, from: number | null, to: number | null, text: (value: number) => string): string | undefined =>
    from === null || to === null ? undefined : from === to ? `${what}: ${text(to)}` : `${what}: ${text(from)} → about ${text(to)}`;
  return [
    change('weights, packed', before.packedBytes, after.packedBytes, bytes),
    change('weights in the file', before.weightBytes, after.weightBytes, bytes),
    change('parameters', before.parameters, after.parameters, count),
    change('multiply-adds for one picture', before.macs, after.macs, count),
    seconds === undefined ? undefined : `training: ${timeLeft(seconds)} or more on a CPU of eight cores`,
  ]
    .filter((line) => line !== undefined)
    .join('\n');
}

/** What the client does not draw itself. */
function layerHints(request: Request): InlayHint[] {
  return layerLines(request).map(({ line, text, bar, worst, source, stale }) => {
    const said = [text, bar, worst].filter((part) => part !== undefined).join(' ');
    return endOfLine(request, line, stale === undefined ? said : `${said} (stale: ${stale})`, source);
  });
}

function endOfLine({ document: { text } }: Request, line: number, label: string, tooltip: string | undefined): InlayHint {
  const content = text.getText({ start: { line, character: 0 }, end: { line: line + 1, character: 0 } });
  const position = { line, character: content.trimEnd().length };
  return { position, label, paddingLeft: true, ...(tooltip === undefined ? {} : { tooltip }) };
}
