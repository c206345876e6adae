import { describe, expect, it } from 'vitest';
import { commandArguments, masterArguments, sftpArguments } from '../../../src/engine/transport/ssh/arguments.ts';
import { keeperCommand, remoteFolder } from '../../../src/engine/transport/ssh/connection.ts';
import { asSafeName, checkedName, quoteSftp } from '../../../src/engine/transport/ssh/names.ts';
import { checkedPlace, placeText } from '../../../src/engine/transport/ssh/place.ts';
import { sshError } from '../../../src/engine/transport/ssh/ssh-errors.ts';

const hostile = [
  '-oProxyCommand=touch x',
  '-v',
  '',
  ' ',
  'a b',
  'a;b',
  '$(x)',
  '`x`',
  "a'b",
  'a"b',
  'a\nb',
  'a/b',
  '@b',
  'a@b',
  'ü',
  '*',
  'x'.repeat(256),
  '.a',
];

describe('places of boards', () => {
  it.each(hostile)('%j is no host and no user', (name) => {
    expect(() => checkedPlace({ host: name })).toThrow(/can't be a board's host/);
    expect(() => checkedPlace({ host: 'board', user: name })).toThrow(/can't be a board's user/);
  });

  it.each([0, -1, 65536, 1.5, NaN])('%j is no port', (port) => {
    expect(() => checkedPlace({ host: 'board', port })).toThrow(/port/);
  });

  it('needs a host', () => expect(() => checkedPlace({})).toThrow(/host/));

  it.each([
    [{ host: 'board.local' }, 'board.local'],
    [{ host: '10.0.0.2', port: 2222, user: 'root' }, 'root@10.0.0.2:2222'],
    [{ host: 'fe80::1%eth0', port: 22 }, '[fe80::1%eth0]:22'],
  ])('%j is %s', (place, text) => expect(placeText(checkedPlace(place))).toBe(text));
});

describe('arguments', () => {
  const place = { host: 'board', port: 2222, user: 'root', identity: '/keys/my key' };

  it('put what others name behind --, and a key file as a word of its own', () => {
    for (const args of [masterArguments({ place, socket: '/tmp/s' }, 'true'), commandArguments({ place }, 'true')]) {
      expect(args.slice(args.indexOf('--'))).toEqual(['--', 'board', 'true']);
      expect(args.slice(args.indexOf('-i'), args.indexOf('-i') + 2)).toEqual(['-i', '/keys/my key']);
    }
  });

  it('never touch how host keys are checked, and ask only where that is allowed', () => {
    const all = [masterArguments({ place }, ''), commandArguments({ place, socket: '/s' }, ''), sftpArguments({ place })].flat().join(' ');
    expect(all).not.toMatch(/StrictHostKeyChecking|UserKnownHostsFile|NoHostAuthentication/);
    expect(masterArguments({ place }, '')).toContain('BatchMode=yes');
    expect(masterArguments({ place, ask: true }, '')).toContain('BatchMode=no');
  });

  it('take a shared connection or none', () => {
    expect(commandArguments({ place, socket: '/s' }, 'true')).toEqual(
      expect.arrayContaining(['ControlPath=/s', 'ProxyCommand=exec false']),
    );
    expect(commandArguments({ place, socket: '/s' }, 'true')).not.toContain('Port=2222');
  });

  it('keep an IPv6 address from being a path', () => {
    expect(sftpArguments({ place: { host: 'fe80::1' } }).at(-1)).toBe('[fe80::1]');
  });
});

describe('names', () => {
  it.each(['../x', '/etc/passwd', 'a/../b', '.', '..', '.ssh', 'a//b', '-rf', 'a b', 'a\nb', "a'", 'a/', '', 'x'.repeat(401), 'ü'])(
    '%j is refused',
    (name) => {
      expect(() => checkedName(name)).toThrow(/no name for a file on a board/);
    },
  );
  it.each(['a', 'run.py', 'inputs/000000.npy', 'a/b/c-d_e.f'])('%j is taken', (name) => expect(checkedName(name)).toBe(name));
  it.each([
    ['my model (1).onnx', 'my_model__1_.onnx'],
    ['-rf', 'rf'],
    ['..', 'model'],
    ['ü', '_'],
    ['$(x)', '__x_'],
  ])('%j becomes %j', (name, safe) => expect(asSafeName(name)).toBe(safe));
  it.each([
    ['lathe', './lathe'],
    ['-rf', './-rf'],
    ['~/x y', './x y'],
    ['/data/m', '/data/m'],
  ])('folder %j is %j', (folder, remote) => expect(remoteFolder(folder)).toBe(remote));
  it.each(['a\nb', 'a\0b', '\u007f'])('folder %j is refused', (folder) => {
    expect(() => keeperCommand(folder, 'job-x')).toThrow(/control characters/);
    expect(() => quoteSftp(folder)).toThrow(/control characters/);
  });
});

/** As OpenSSH 9.2 prints them. */
describe('what ssh says', () => {
  it.each([
    [
      '@@@@@@@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n@@@@@@@@@@@\nHost key verification failed.',
      'ssh.host-key-changed',
      /ssh-keygen -R '?\[board\]:2222/,
    ],
    [
      'No ED25519 host key is known for [board]:2222 and you have requested strict checking.\r\nHost key verification failed.',
      'ssh.host-key-unknown',
      /Connect once yourself.*ssh -p 2222 root@board/,
    ],
    ['root@board: Permission denied (publickey,password).', 'ssh.denied', /ssh-copy-id -p 2222 root@board/],
    ['Load key "/k": bad permissions\nroot@board: Permission denied (publickey).', 'ssh.key-file', /chmod 600/],
    ['ssh: Could not resolve hostname board: Name or service not known', 'ssh.host-unknown', /address/],
    ['ssh: connect to host board port 22: Connection refused', 'ssh.refused', /ssh server/],
    ['ssh: connect to host board port 22: Connection timed out', 'ssh.unreachable', /booted/],
    ['ssh: connect to host board port 22: No route to host', 'ssh.unreachable', /network/],
    ['/home/u/.ssh/config: line 3: Bad configuration option: x', 'ssh.config', /ssh -p 2222/],
    ['Timeout, server board not responding.', 'ssh.lost', /cleared away/],
    ['something new', 'ssh.failed', /by hand/],
  ])('%j is %s', (stderr, code, hint) => {
    const error = sshError(stderr, { host: 'board', port: 2222, user: 'root' });
    expect(error).toMatchObject({ code, exitCode: 1 });
    expect(error.place.hint).toMatch(hint);
  });
});
