import { modelMessages } from '../../../protocol/webview.ts';
import { reporting } from '../../errors.ts';
import type { OpenView, ViewPart } from '../view-part.ts';

/** A bar need not move more often. */
const betweenMs = 250;

/** Jobs for the model while they run, and how they ended. */
export const jobs: ViewPart = {
  attach(view) {
    const { host, channel } = view;
    let timer: NodeJS.Timeout | undefined;
    const soon = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        tellJobs(view);
      }, betweenMs);
    };
    channel.onNotice(modelMessages.cancelJob, ({ id }) => host.jobs.jobs.find((job) => job.id === id)?.cancel());
    channel.onNotice(
      modelMessages.followOutcome,
      ({ id, to }) => void reporting(host.output, 'Show the result', () => host.outcomes.follow(id, to)),
    );
    return [host.jobs.onDidChange(soon), host.outcomes.onDidChange(() => tellOutcomes(view)), { dispose: () => clearTimeout(timer) }];
  },
  shown(view) {
    tellJobs(view);
    tellOutcomes(view);
    return Promise.resolve();
  },
};

function tellJobs({ host, document, channel }: OpenView): void {
  const own = host.jobs.jobs.filter(({ model }) => model === document.uri.fsPath);
  channel.tell(modelMessages.jobs, {
    jobs: own.map(({ id, title, fraction, text }) => ({ id, title, text, ...(fraction === undefined ? {} : { fraction }) })),
  });
}

const tellOutcomes = ({ host, document, channel }: OpenView): void =>
  channel.tell(modelMessages.outcomes, { outcomes: host.outcomes.of(document.uri) });
