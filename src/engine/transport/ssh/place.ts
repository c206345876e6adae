import type { DeployEntry } from '../../targets/deploy-settings.ts';
import { LatheError } from '../../base/errors.ts';

/** Where a board is. Everything else about the connection is the user's ssh configuration: a recipe can set no option of ssh. */
export type Place = Required<Pick<DeployEntry, 'host'>> & Pick<DeployEntry, 'port' | 'user' | 'identity'>;

/** As in deploy-settings.ts: nothing that ssh or a shell could take for an option, a command or a second word. */
const plainName = /^[A-Za-z0-9_][A-Za-z0-9._:%-]*$/;

/** Checked here as well as in the recipe's schema: this is what programs are started with. Throws `ssh.place`. */
export function checkedPlace({ host, port, user, identity }: Partial<Place>): Place {
  for (const [what, value, most] of [
    ['host', host, 255],
    ['user', user, 64],
  ] as const) {
    if (value === undefined ? what === 'host' : !plainName.test(value) || value.length > most) {
      const hint =
        'Letters, digits and . _ : % - are allowed, the first one a letter, a digit or _. Other things belong into ~/.ssh/config.';
      throw new LatheError('ssh.place', `${JSON.stringify(String(value).slice(0, 80))} can't be a board's ${what}`, { hint });
    }
  }
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65535)) {
    throw new LatheError('ssh.place', `${JSON.stringify(port)} can't be a port`);
  }
  return {
    host: host!,
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    ...(identity === undefined ? {} : { identity }),
  };
}

/** For people: "root@zcu104.local:2222". */
export const placeText = ({ host, user, port }: Place): string =>
  `${user === undefined ? '' : `${user}@`}${port !== undefined && host.includes(':') ? `[${host}]` : host}${port === undefined ? '' : `:${port}`}`;
