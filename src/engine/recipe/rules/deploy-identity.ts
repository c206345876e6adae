import os from 'node:os';
import path from 'node:path';
import { deployEntries } from '../deploy-entries.ts';
import { nearest, suggestion } from '../nearest.ts';
import { known } from '../world.ts';
import type { Rule } from './rule.ts';

/** A key file that is not there. */
export const deployIdentity: Rule = {
  kinds: [
    {
      code: 'recipe.deploy-identity',
      severity: 'warning',
      title: 'A key file that is not there',
      text: '`identity` names a private key of this computer, relative to the recipe or below `~`. Without it ssh takes those that its configuration and its agent have: in a recipe that others use as well, leave it out and write it into `~/.ssh/config`.',
      example: 'model: model.onnx\nsteps: []\ndeploy: { target: cpu, host: localhost, identity: no-such-key }',
    },
  ],
  *check(context) {
    for (const { entry, path: at } of deployEntries(context)) {
      if (typeof entry.identity !== 'string') continue;
      const file = path.resolve(context.folder, entry.identity.replace(/^~(?=[/\\]|$)/, os.homedir()));
      const names = known(context.world.folder(path.dirname(file)));
      const name = path.basename(file);
      // Names with a dot in front are not listed.
      if (!names || name.startsWith('.') || names.includes(name)) continue;
      const near = nearest(name, names);
      const keep = entry.identity.slice(0, entry.identity.length - name.length);
      yield {
        path: [...at, 'identity'],
        at: 'value',
        severity: 'warning',
        code: 'recipe.deploy-identity',
        message: `there is no key ${JSON.stringify(entry.identity)}${suggestion(near)}`,
        fixes: [
          ...(near === undefined
            ? []
            : [
                {
                  title: `Set identity: ${keep}${near}`,
                  changes: [{ kind: 'set' as const, path: [...at, 'identity'], value: `${keep}${near}` }],
                },
              ]),
          { title: 'Leave the key to ssh', changes: [{ kind: 'remove', path: [...at, 'identity'] }] },
        ],
      };
    }
  },
};
