import { LatheError } from '../../base/errors.ts';
import { quoteCommand } from '../quote.ts';
import { plainCall } from './arguments.ts';
import { placeText, type Place } from './place.ts';

/** What OpenSSH prints (sshconnect.c, sshconnect2.c, ssh.c, packet.c of 9.2), what it means and what to do. The first that fits counts. */
interface Known {
  readonly pattern: RegExp;
  readonly code: string;
  readonly message: (place: string) => string;
  readonly hint: (place: Place) => string;
}

const call = (place: Place): string => quoteCommand(plainCall(place));

/** As it stands in known_hosts: "[board]:2222". */
const knownHost = ({ host, port }: Place): string => (port === undefined || port === 22 ? host : `[${host}]:${port}`);

const known: readonly Known[] = [
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED|POSSIBLE DNS SPOOFING DETECTED/,
    code: 'ssh.host-key-changed',
    message: (place) => `${place} shows another host key than it did before; nothing was sent to it`,
    hint: (place) =>
      `Was it set up anew? Then compare its new key at the board itself (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), remove the old one (${quoteCommand(['ssh-keygen', '-R', knownHost(place)])}) and connect once: ${call(place)}. If it was not, somebody else answers in its place.`,
  },
  {
    pattern: /Host key verification failed|No \S+ host key is known for/,
    code: 'ssh.host-key-unknown',
    message: (place) => `the host key of ${place} is not known yet`,
    hint: (place) => `Connect once yourself, and accept the key after comparing it: ${call(place)}`,
  },
  {
    pattern: /UNPROTECTED PRIVATE KEY FILE|Load key .*(bad permissions|error in libcrypto|invalid format)|incorrect passphrase/,
    code: 'ssh.key-file',
    message: (place) => `the private key for ${place} can't be used`,
    hint: (place) =>
      `ssh says why: ${call(place)}. A key with a passphrase goes into the agent (ssh-add); its file must be yours alone (chmod 600).`,
  },
  {
    pattern: /Permission denied|Too many authentication failures|No more authentication methods/,
    code: 'ssh.denied',
    message: (place) => `${place} let nobody in without a password`,
    hint: (place) =>
      `Lathe keeps no passwords. Give the board your public key, which asks for the password once: ${quoteCommand(['ssh-copy-id', ...plainCall(place).slice(1)])} (without a key yet: ssh-keygen first). On a terminal, \`lathe deploy --ask\` lets ssh ask.`,
  },
  {
    pattern: /Could not resolve hostname/,
    code: 'ssh.host-unknown',
    message: (place) => `there is no host of the name ${place}`,
    hint: () => 'See that the name is right and the board is on; its address does as well.',
  },
  {
    pattern: /Connection refused/,
    code: 'ssh.refused',
    message: (place) => `${place} is there, and takes no ssh connections`,
    hint: () => 'Start its ssh server, or set the port that it listens on.',
  },
  {
    pattern:
      /No route to host|Network is unreachable|(Connection|Operation) timed out|Connection timed out during banner exchange|Connection to .* timed out/,
    code: 'ssh.unreachable',
    message: (place) => `${place} does not answer`,
    hint: () => 'See that the board is on, has booted, and is in the same network.',
  },
  {
    pattern: /Bad configuration option|bad configuration options|Bad owner or permissions on .*config/,
    code: 'ssh.config',
    message: () => 'ssh does not take its own configuration',
    hint: (place) => `It says why: ${call(place)}`,
  },
  {
    pattern: /Connection (closed|reset)|Broken pipe|not responding|mux_client|Connection to .* closed|client_loop: send disconnect/,
    code: 'ssh.lost',
    message: (place) => `the connection to ${place} was lost`,
    hint: () => 'What had been copied of the model stays there for the next time; all else on the board is cleared away by itself.',
  },
];

/** What ssh's own complaint means. `fallback`: the code where it is none that is known. */
export function sshError(stderr: string, place: Place, fallback = 'ssh.failed'): LatheError {
  const name = placeText(place);
  const found = known.find(({ pattern }) => pattern.test(stderr)) ?? known.find(({ code }) => code === fallback);
  const said = lastLine(stderr);
  if (!found)
    return new LatheError(
      fallback,
      `ssh could not work with ${name}${said ? `: ${said}` : ''}`,
      { hint: `Try it by hand: ${call(place)}` },
      1,
    );
  return new LatheError(found.code, `${found.message(name)}${said ? ` (${said})` : ''}`, { hint: found.hint(place) }, 1);
}

/** Even where the user's configuration lets such a connection be made (`StrictHostKeyChecking no`). */
export const hostKeyChanged = (line: string): boolean => known[0]!.pattern.test(line);

const lastLine = (text: string): string => {
  const lines = text.split('\n').map((line) => line.trim());
  return (lines.findLast((line) => line !== '' && !/^@+$/.test(line)) ?? '').slice(0, 300);
};
