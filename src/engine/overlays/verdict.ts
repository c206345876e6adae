import { DataFlow } from '../targets/verdict/data-flow.ts';
import { acceleratorVerdicts, type NodeVerdict } from '../targets/verdicts.ts';
import type { OverlayView } from '../../protocol/view.ts';
import type { OverlaySource, StaticOverlay } from './overlay.ts';

/** Where each layer would run on a board, and why not on its accelerator: one overlay for each target that has one. */
export const boardVerdicts: readonly StaticOverlay[] = acceleratorVerdicts.map((verdict) => ({
  id: `verdict/${verdict.target.name}`,
  of: (source) => verdictOverlay(verdict, source),
}));

const values = { no: 0, if: 1, yes: 2 } as const;

function verdictOverlay(verdict: (typeof acceleratorVerdicts)[number], { model, shapes, layers }: OverlaySource): OverlayView | undefined {
  const { target, accelerator } = verdict;
  const judged = verdict.judge({ flow: new DataFlow(shapes.forOnePicture(model)) });
  const found = layers.flatMap(({ node }, index) => {
    const known = judged.get(node);
    return known ? [[index, known] as const] : [];
  });
  if (found.length === 0) return undefined;
  const count = (wanted: string): number => found.filter(([, known]) => known.verdict === wanted).length;
  const [refused, uncertain] = [count('no'), count('if')];
  return {
    id: `verdict/${target.name}`,
    label: `Runs on ${target.title}`,
    unit: '',
    better: 'high',
    thresholds: [],
    classes: [
      { value: values.no, label: 'CPU', level: 0 },
      { value: values.if, label: `${accelerator}, if`, level: 2 },
      { value: values.yes, label: accelerator, level: 4 },
    ],
    fold: 'worst',
    group: 'model',
    values: found.map(([index, known]) => [index, values[known.verdict]]),
    // What runs there as itself needs no words.
    notes: found.flatMap(([index, known]): [number, string][] =>
      known.verdict === 'yes' && !known.inside ? [] : [[index, noteOf(known, accelerator)]],
    ),
    summary: summaryOf(found.length, refused, uncertain, accelerator),
    origin: `What the ${accelerator} takes, by the rules of \`lathe check --target ${target.name}\`: ${target.summary}`,
  };
}

function noteOf({ verdict, reason, rule, fixes }: NodeVerdict, accelerator: string): string {
  const place = verdict === 'no' ? 'CPU' : verdict === 'if' ? `${accelerator}, if` : accelerator;
  const ways = fixes.length > 0 ? `. Fixes that may help: ${fixes.join(', ')}` : '';
  return `${place}: ${reason} (${rule})${ways}`;
}

function summaryOf(all: number, refused: number, uncertain: number, accelerator: string): string {
  const sure = uncertain === 0 ? '' : `${uncertain} of ${all} on the ${accelerator} if …`;
  if (refused === 0) return sure || `All on the ${accelerator}`;
  return `${refused} of ${all} on the CPU${sure ? `, ${sure}` : ''}`;
}
