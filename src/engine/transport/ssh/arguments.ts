import path from 'node:path';
import type { Place } from './place.ts';

/** How the system's ssh and sftp are called: lists of arguments, everything that a board or a recipe names behind `--`. */

export interface Line {
  readonly place: Place;
  /** Socket of the connection that all share; absent where ssh can't (Windows). */
  readonly socket?: string;
  /** ssh may ask the user: on the terminal, or by the program in SSH_ASKPASS. */
  readonly ask?: boolean;
}

/** Seconds. A lost line is noticed after `aliveEvery * aliveCount`. */
const connectTimeout = 15;
const aliveEvery = 5;
const aliveCount = 3;

/**
 * ssh_config(5). Whatever the user's configuration says about host keys, jump hosts, keys and agents is left to it; what it may add to
 * a connection that is not for people (forwarding, commands, a terminal) is taken away.
 */
const quiet = [
  'ForwardAgent=no',
  'ForwardX11=no',
  'ClearAllForwardings=yes',
  'PermitLocalCommand=no',
  'RemoteCommand=none',
  'RequestTTY=no',
  'EscapeChar=none',
];

const options = (settings: readonly string[]): string[] => settings.flatMap((setting) => ['-o', setting]);

/** To the place itself, by the user's configuration. */
function direct({ place, ask }: Line): string[] {
  const { port, user, identity } = place;
  return [
    ...options([
      `BatchMode=${ask ? 'no' : 'yes'}`,
      `ConnectTimeout=${connectTimeout}`,
      `ServerAliveInterval=${aliveEvery}`,
      `ServerAliveCountMax=${aliveCount}`,
      ...quiet,
      ...(port === undefined ? [] : [`Port=${port}`]),
      ...(user === undefined ? [] : [`User=${user}`]),
      // As the value of an option its spaces and quotes would be read again; `-i` takes it as it is. An absolute path begins with no `-`.
    ]),
    ...(identity === undefined ? [] : ['-i', path.resolve(identity)]),
  ];
}

/** Through the shared connection only: were it gone, no other one is opened. */
const shared = (socket: string): string[] => [
  '-F',
  '/dev/null',
  ...options(['ControlMaster=no', `ControlPath=${socket}`, 'ProxyCommand=exec false', 'BatchMode=yes']),
];

/** The connection that all others share; `command` runs for as long as it is there. */
export const masterArguments = (line: Line, command: string): string[] => [
  ...direct(line),
  ...(line.socket === undefined ? [] : options(['ControlMaster=yes', `ControlPath=${line.socket}`, 'ControlPersist=no'])),
  '-T',
  '--',
  line.place.host,
  command,
];

/** One command for the board's shell. */
export const commandArguments = (line: Line, command: string): string[] => [
  ...(line.socket === undefined ? [...direct(line), ...options(['ControlMaster=no', 'ControlPath=none'])] : shared(line.socket)),
  '-T',
  '--',
  line.place.host,
  command,
];

/** Commands of sftp from its standard input. */
export const sftpArguments = (line: Line): string[] => [
  '-q',
  ...(line.socket === undefined ? [...direct(line), ...options(['ControlMaster=no', 'ControlPath=none'])] : shared(line.socket)),
  '-b',
  '-',
  '--',
  // What stands behind a colon would be a path.
  line.place.host.includes(':') ? `[${line.place.host}]` : line.place.host,
];

/** As a user would type it, for advice: "ssh -p 2222 root@board". */
export const plainCall = ({ host, port, user, identity }: Place): string[] => [
  'ssh',
  ...(port === undefined ? [] : ['-p', String(port)]),
  ...(identity === undefined ? [] : ['-i', identity]),
  user === undefined ? host : `${user}@${host}`,
];
