import type { NotQuantized } from '../../protocol/results/common.ts';
import { html, type Html } from './html-text.ts';
import { table } from './table.ts';
import type { ReportData } from './types.ts';

/** Names shown of one reason before the rest is folded away. */
const shownNames = 12;

interface Group {
  readonly reason: string;
  readonly nodes: NotQuantized[];
}

/** Every node that was not quantized, by the reason: the commonest first. */
export function floatSection({ result }: ReportData): Html {
  const groups = byReason(result.notQuantized);
  if (groups.length === 0) return html``;
  const count = result.notQuantized.length;
  return html`<h2>What stayed float</h2>
    <p class="soft">${count} ${count === 1 ? 'node computes' : 'nodes compute'} in float, and why.</p>
    ${table('Nodes in float', groups, [
      { title: 'Why', kind: 'wide', cell: ({ reason }) => reason },
      { title: 'Nodes', number: true, cell: ({ nodes }) => nodes.length },
      { title: 'Which', kind: 'name', cell: ({ nodes }) => names(nodes) },
    ])}`;
}

function byReason(nodes: readonly NotQuantized[]): Group[] {
  const groups = new Map<string, NotQuantized[]>();
  for (const node of nodes) groups.set(node.reason, [...(groups.get(node.reason) ?? []), node]);
  return [...groups].map(([reason, nodes]) => ({ reason, nodes })).sort((a, b) => b.nodes.length - a.nodes.length);
}

function names(nodes: readonly NotQuantized[]): Html {
  const text = ({ name, op }: NotQuantized): Html => html`<div>${name} <span class="soft small">${op}</span></div>`;
  const rest = nodes.slice(shownNames);
  return html`${nodes.slice(0, shownNames).map(text)}${
    rest.length
      ? html`<details>
          <summary>${rest.length} more</summary>
          <div>${rest.map(text)}</div>
        </details>`
      : ''
  }`;
}
