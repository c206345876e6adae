import type { PrunableGroup } from '../../../protocol/pruning.ts';
import type { Issue, Path } from '../check.ts';
import { known } from '../world.ts';
import type { Rule, RuleContext, StepView } from './rule.ts';

/** Ratios of pruning that leave a layer empty, or channels that the board wastes. */
export const pruneRatio: Rule = {
  kinds: [
    {
      code: 'recipe.prune-ratio',
      severity: 'error',
      title: 'A ratio that leaves nothing',
      text: '`channels` is the part that goes: 0.5 removes half of each group of channels, and 1 would leave a layer empty. `parameters`, `macs` and `latency` are the part that remains.',
      example: 'steps:\n  - prune: { channels: 1 }',
    },
    {
      code: 'recipe.prune-bound',
      severity: 'info',
      title: 'A ratio that another setting holds back',
      text: 'No group may lose more than `max-ratio` of its channels, nor have fewer left than `min-channels`, nor a number that is no multiple of `round-to`: the message says how many groups keep more than was asked for.',
    },
    {
      code: 'recipe.channel-multiple',
      severity: 'warning',
      title: 'Channels that are no multiple of what the board computes at once',
      text: 'The DPU of a ZCU104 works on 16 channels at a time: 17 take as long as 32. `round-to` keeps what is left at multiples; its default follows the target.',
      example: 'target: zcu104\nsteps:\n  - prune: { channels: 0.5, round-to: 6 }',
    },
    {
      code: 'recipe.prune-goals',
      severity: 'warning',
      title: 'Several goals of pruning',
      text: '`channels` says how much goes, `parameters`, `macs`, `latency` and `drop` say when it is enough. With several of them all have to be reached; mostly one is meant.',
    },
  ],
  *check(context) {
    for (const step of context.steps) {
      if (step.name !== 'prune') continue;
      yield* empty(context, step);
      yield* multiple(context, step);
      yield* heldBack(context, step);
    }
  },
};

const goals = ['parameters', 'macs', 'latency'] as const;

function* empty({ layers, steps }: RuleContext, step: StepView): Generator<Issue> {
  const nothing = (path: Path, message: string): Issue => ({
    path,
    at: 'value',
    severity: 'error',
    code: 'recipe.prune-ratio',
    message,
    fixes: [{ title: 'Set 0.5: half of it', changes: [{ kind: 'set', path, value: 0.5 }] }],
  });
  const { channels } = step.written;
  const text = 'would remove every channel: `channels` is the part that goes';
  if (channels === 1) yield nothing([...step.path, 'channels'], `channels: 1 ${text}`);
  else if (Array.isArray(channels)) {
    for (const [i, one] of channels.entries()) if (one === 1) yield nothing([...step.path, 'channels', i], `channels: 1 ${text}`);
  }
  for (const goal of goals) {
    if (step.written[goal] === 0) yield nothing([...step.path, goal], `${goal}: 0 would leave nothing: it is the part that remains`);
  }
  if (steps.find(({ name }) => name === 'prune') !== step) return;
  for (const { written, override } of layers) {
    if (override['channels'] === 1)
      yield nothing(['layers', written, 'channels'], `channels: 1 ${text}; to leave the layer alone write prune: false`);
  }
}

function* multiple({ target }: RuleContext, { settings, written, path }: StepView): Generator<Issue> {
  const each = settings['round-to'];
  if (settings['method'] !== 'channels' || target.channelMultiple <= 1 || typeof each !== 'number' || each % target.channelMultiple === 0)
    return;
  const isWritten = written['round-to'] !== undefined;
  const at = [...path, 'round-to'];
  yield {
    path: isWritten ? at : path,
    at: isWritten ? 'value' : 'key',
    severity: 'warning',
    code: 'recipe.channel-multiple',
    message: `${target.name} computes ${target.channelMultiple} channels at once: with round-to: ${each} part of it idles`,
    fixes: [{ title: `Set round-to: ${target.channelMultiple}`, changes: [{ kind: 'set', path: at, value: target.channelMultiple }] }],
    related: [{ path: ['target'], at: 'value', message: `${target.name}: ${target.channelMultiple} channels at once` }],
  };
}

/** With `scope: local` every group loses the same part; what its bounds leave is known before anything is measured. */
function* heldBack({ world, models, steps }: RuleContext, step: StepView): Generator<Issue> {
  const { settings, written, path, model = '' } = step;
  const ratio = written['channels'];
  const scope = settings['scope'] ?? 'local';
  if (typeof ratio !== 'number' || ratio <= 0 || ratio >= 1 || scope !== 'local' || settings['ratios'] !== 'scope') return;
  // A step before may have changed the groups.
  if (
    settings['method'] !== 'channels' ||
    steps.some(({ name, index, model: of }) => name === 'prune' && index < step.index && of === model)
  )
    return;
  const { file, facts } = models.get(model) ?? {};
  const profile = file === undefined ? known(facts)?.pruning : known(world.pruning(file));
  if (!profile) return;
  const held = profile.groups.filter((group) => keeps(group, ratio, settings) > Math.ceil(group.channels * (1 - ratio)) + 1e-9);
  const whole = held.filter((group) => keeps(group, ratio, settings) === group.channels);
  const bound =
    (settings['max-ratio'] as number) < ratio ? 'max-ratio' : (settings['round-to'] as number) > 1 ? 'round-to' : 'min-channels';
  if (held.length === 0 || (whole.length === 0 && bound === 'round-to')) return;
  const some = whole.length
    ? `${whole.length} of ${profile.groups.length} groups of channels stay whole`
    : `${held.length} of ${profile.groups.length} groups of channels keep more`;
  const why = bound === 'round-to' ? `multiples of ${String(settings['round-to'])} leave no fewer` : `${bound}: ${String(settings[bound])}`;
  const example = (whole[0] ?? held[0])!;
  yield {
    path: [...path, 'channels'],
    at: 'value',
    severity: 'info',
    code: 'recipe.prune-bound',
    message: `${some} (${JSON.stringify(example.name)} of ${example.channels}): ${why}`,
  };
}

function keeps({ channels, minimum }: PrunableGroup, ratio: number, settings: StepView['settings']): number {
  const each = settings['round-to'] as number;
  const least = Math.max(minimum, settings['min-channels'] as number, Math.ceil(channels * (1 - (settings['max-ratio'] as number)) - 1e-9));
  return Math.min(channels, Math.ceil(Math.max(1, Math.min(channels, least), Math.round(channels * (1 - ratio))) / each) * each);
}
