import type * as vscode from 'vscode';
import { LatheError } from '../../engine/base/errors.ts';
import type { ChannelsView } from '../../protocol/view.ts';
import type { Host } from '../host.ts';
import { channelViews } from './channel-views.ts';

/** Pictures that channels are looked at on; more hardly move a histogram. */
const samples = 32;

/**
 * One layer channel by channel, as the analysis behind an overlay quantized it and on its pictures. Throws `analyze.first` where the
 * model has not been analyzed, and what the job throws.
 */
export async function channelsOf(host: Host, model: vscode.Uri, layer: string, overlay: string): Promise<ChannelsView[]> {
  const analysis = await host.overlays.analysis(model, overlay);
  if (!analysis) throw new LatheError('analyze.first', 'the model has not been analyzed yet', { hint: 'Press Analyze… first.' });
  return channelViews(await host.jobs.runQuietly({ kind: 'channels', ...analysis, layer, samples }));
}
