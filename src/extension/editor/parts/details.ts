import { modelMessages } from '../../../protocol/webview.ts';
import type { ViewPart } from '../view-part.ts';

/** What the side panel shows of the selected layer. */
export const details: ViewPart = {
  attach({ host, document, channel }) {
    channel.onQuestion(modelMessages.detail, ({ index }) => document.detail(index));
    channel.onQuestion(modelMessages.channels, async ({ index, overlay }) => {
      const { name } = await document.detail(index);
      const { channelsOf } = await import('../../commands/channels.ts');
      return channelsOf(host, document.uri, name, overlay);
    });
    return [];
  },
};
