import { deployEntries } from '../deploy-entries.ts';
import type { Rule } from './rule.ts';

/** Boards with a power monitor that Linux shows: INA226 on ZCU104 (UG1267) and ZCU102 (UG1182), INA260 on the KV260 (UG1089); and tools that tell it: hailortcli, tegrastats, nvidia-smi. */
const monitored: readonly string[] = ['zcu104', 'zcu102', 'kv260', 'hailo8', 'tensorrt'];

/** Power that nothing on the board measures. */
export const deployPower: Rule = {
  kinds: [
    {
      code: 'recipe.deploy-power',
      severity: 'warning',
      title: 'Power of a board that has no meter',
      text: `Power is read from a monitor on the board: ${monitored.join(', ')} have one. Elsewhere \`power: true\` measures nothing.`,
      example: 'model: model.onnx\nsteps: []\ndeploy: { target: cpu, host: localhost, power: true }',
    },
  ],
  *check(context) {
    for (const { entry, path, target } of deployEntries(context)) {
      if (entry.power !== true || monitored.includes(target.name)) continue;
      yield {
        path: [...path, 'power'],
        at: 'value',
        severity: 'warning',
        code: 'recipe.deploy-power',
        message: `${target.name} has no power monitor that could be read: nothing is measured`,
        fixes: [{ title: 'Measure no power', changes: [{ kind: 'remove', path: [...path, 'power'] }] }],
      };
    }
  },
};
