import { LatheError } from '../base/errors.ts';
import { findMethod, methods, plannedMethods } from './methods/index.ts';
import type { Method } from './method.ts';
import { findMetric, metrics } from './metrics/index.ts';
import type { SensitivityMetric } from './metric.ts';

/** Throws `analyze.method` for a name that is none. */
export function methodOf(name: string): Method {
  const method = findMethod(name);
  if (method) return method;
  const hint = `There are: ${methods.map((one) => one.name).join(', ')}.`;
  const planned = plannedMethods.includes(name) ? `this version of Lathe has no method ${name} yet` : undefined;
  throw new LatheError('analyze.method', planned ?? `there is no method ${JSON.stringify(name)}`, { hint });
}

/** Throws `analyze.metric` for a name that is none, or that does not go with the method. */
export function metricOf(name: string, method: Method): SensitivityMetric {
  const metric = findMetric(name);
  const fitting = metrics.filter(({ of }) => method.at === 'network' || of === 'tensors').map((one) => one.name);
  if (!metric)
    throw new LatheError('analyze.metric', `there is no metric ${JSON.stringify(name)}`, { hint: `There are: ${fitting.join(', ')}.` });
  if (fitting.includes(name)) return metric;
  throw new LatheError('analyze.metric', `${method.name} looks at each layer’s own output, where ${name} says nothing`, {
    hint: `Take --metric ${fitting.join(', ')}, or --method isolated.`,
  });
}
