import { html, nothing, type TemplateResult } from 'lit';
import type { QuantizationView } from '../../src/protocol/weights.ts';
import { exact, number } from './words.ts';

const words = { tensor: 'one scale for all', channel: 'one scale a channel', block: 'one scale a block' } as const;

/** Scale and zero point: as numbers where there is one, else drawn channel by channel. */
export function scalesSection({ type, granularity, axis, count, scale, zeroPoint }: QuantizationView): TemplateResult {
  const zeros = new Set(zeroPoint);
  const zeroWords = zeros.size === 1 ? `zero point ${zeroPoint[0]}` : `zero points ${Math.min(...zeroPoint)} to ${Math.max(...zeroPoint)}`;
  const first = count > scale.length ? `, the first ${exact(scale.length)} of ${exact(count)}` : '';
  return html`<h4>Scale and zero point</h4>
    <p class="summary">
      ${type}, ${words[granularity]}${axis === undefined ? '' : ` along axis ${axis}`} ·
      ${count === 1 ? `scale ${number(scale[0]!)}, ` : ''}${zeroWords}
    </p>
    ${
      scale.length > 1
        ? html`<lathe-channel-chart
            .bars=${scale.map((value) => [0, value] as const)}
            .count=${scale.length}
            .stride=${1}
            .base=${0}
            .label=${`Scale by ${granularity}${first}`}
            .say=${(i: number) => `scale ${number(scale[i]!)}, zero point ${zeroPoint[i]}`}
          ></lathe-channel-chart>`
        : nothing
    }`;
}
