import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, CDPSession, Page } from 'playwright-core';
import type { DrawableGraph } from '../../../src/protocol/drawable.ts';
import type { ModelReader } from '../../../src/extension/editor/model-view.ts';

/** What of `test/browser/view-page.mjs` is used here. */
interface ViewPage {
  openBrowser(): Promise<Browser>;
  hostSide(): Promise<HostSide>;
  openView(
    browser: Browser,
    side: HostSide,
    options: object,
  ): Promise<{ page: Page; channel: Sender; problems: string[]; close(): Promise<void> }>;
}

interface Sender {
  tell(message: unknown, body: unknown): void;
  onNotice(message: unknown, listener: () => void): void;
  onQuestion(message: unknown, answer: (question: { index: number }) => unknown): void;
}

interface HostSide {
  modelMessages: Record<'ready' | 'show' | 'overlays' | 'detail' | 'origin', unknown>;
}

export interface OpenPage {
  page: Page;
  /** The bare protocol of the browser's tools. */
  tools: CDPSession;
  /** Sends the model; resolves with the milliseconds from the message's arrival to the end of the frame that shows the laid-out graph. */
  show(): Promise<number>;
  close(): Promise<void>;
}

/** A browser with the model view in a plain page, as the tests in test/browser use it. */
export class ViewBrowser {
  private constructor(
    readonly browser: Browser,
    private readonly side: HostSide,
    private readonly views: ViewPage,
  ) {}

  static async open(): Promise<ViewBrowser> {
    // Found at run time: that file bundles the host's half itself.
    const views = (await import(pathToFileURL(path.resolve('test/browser/view-page.mjs')).href)) as ViewPage;
    return new ViewBrowser(await views.openBrowser(), await views.hostSide(), views);
  }

  close(): Promise<void> {
    return this.browser.close();
  }

  /** The view, ready and empty. `graph`: drawn instead of the reader's own. */
  async page(reader: ModelReader, graph: DrawableGraph): Promise<OpenPage> {
    const { modelMessages: messages } = this.side;
    let isReady: () => void;
    const ready = new Promise<void>((resolve) => (isReady = resolve));
    const view = await this.views.openView(this.browser, this.side, {
      bundle: 'model-view',
      element: 'lathe-model',
      size: [1280, 800],
      connect(channel: Sender) {
        channel.onNotice(messages.ready, () => isReady());
        channel.onQuestion(messages.detail, ({ index }) => reader.detail(index));
        channel.onQuestion(messages.origin, () => null);
      },
    });
    const { page, channel } = view;
    await within(ready, 'the page is not ready');
    await page.evaluate(listenForDrawn);
    const tools = await page.context().newCDPSession(page);
    return {
      page,
      tools,
      async show() {
        const drawn = page.evaluate<number>('window.latheDrawn');
        channel.tell(messages.show, { model: reader.view(), graph });
        channel.tell(messages.overlays, { overlays: await reader.overlays(), offers: [], canAnalyze: false });
        const milliseconds = await within(drawn, 'nothing is drawn');
        if (view.problems.length) throw new Error(view.problems.join('\n'));
        return milliseconds;
      },
      close: () => view.close(),
    };
  }
}

/** A page that fails says nothing: it is given up after a minute. */
function within<Result>(promise: Promise<Result>, complaint: string): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${complaint} after 60 s`)), 60_000);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** In the page: notes when the model's message arrives and when the frame with its picture is over. */
const listenForDrawn = `(() => {
  let arrived = 0;
  window.addEventListener('message', (event) => (arrived ||= event.timeStamp), { capture: true });
  window.latheDrawn = new Promise((resolve) => {
    const { dispatchEvent } = EventTarget.prototype;
    EventTarget.prototype.dispatchEvent = function (event) {
      if (event.type === 'drawn') {
        // A task posted from a frame's callback runs when that frame has been painted.
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => resolve(performance.now() - arrived);
          port2.postMessage(0);
        });
      }
      return dispatchEvent.call(this, event);
    };
  });
})()`;
