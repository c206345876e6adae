import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

/**
 * OpenSSH's own server as a normal process on the loopback: a board for tests. Taken from the system, else from Debian's packages, unpacked into a
 * folder of the user's cache. It never runs as root and needs none; the user on the board is made up by libnss-wrapper, so that its home is a folder of the test's.
 */

const packages = ['openssh-server', 'openssh-sftp-server', 'libwrap0', 'libnss-wrapper'];
/** What a test that runs as root becomes: without root the server needs no privileges to give up. */
const nobody = 65534;
const isRoot = process.getuid?.() === 0;
const userId = isRoot ? nobody : (process.getuid?.() ?? 0);

interface Programs {
  readonly sshd: string;
  readonly sftpServer: string;
  readonly libraries: string[];
  readonly wrapper: string;
}

/** What is needed, or why it can't be had. */
function findPrograms(): Programs | string {
  if (process.platform !== 'linux') return 'tests with a real ssh server run on Linux';
  for (const program of ['ssh', 'sftp', 'ssh-keygen']) {
    if (spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0) return `there is no ${program}: install openssh-client`;
  }
  const cache = isRoot
    ? path.join(os.tmpdir(), 'lathe-tests-openssh') // root's own folders are closed to others
    : path.join(process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'), 'lathe-tests-openssh');
  const files = (folder: string): string[] => (fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }) : []);
  const found = (): Programs | undefined => {
    const unpacked = files(cache).map((file) => path.join(cache, file));
    const wrapper = ['/usr/lib', '/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64']
      .map((folder) => path.join(folder, 'libnss_wrapper.so'))
      .concat(unpacked.filter((file) => file.endsWith('/libnss_wrapper.so')))
      .find((file) => fs.existsSync(file));
    const sshd = ['/usr/sbin/sshd', ...unpacked.filter((file) => file.endsWith('/sbin/sshd'))].find((file) => fs.existsSync(file));
    const sftpServer = ['/usr/lib/openssh/sftp-server', ...unpacked.filter((file) => file.endsWith('/sftp-server'))].find((file) =>
      fs.existsSync(file),
    );
    const libraries = [...new Set(unpacked.filter((file) => file.includes('.so')).map((file) => path.dirname(file)))];
    return sshd && sftpServer && wrapper ? { sshd, sftpServer, wrapper, libraries } : undefined;
  };
  const there = found();
  if (there) return there;
  try {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lathe-openssh-'));
    execFileSync('apt-get', ['download', ...packages], { cwd: folder, stdio: 'pipe' });
    fs.mkdirSync(cache, { recursive: true });
    for (const file of fs.readdirSync(folder)) execFileSync('dpkg', ['-x', path.join(folder, file), cache], { stdio: 'pipe' });
    fs.rmSync(folder, { recursive: true });
  } catch (error) {
    return `there is no sshd, and Debian's can't be had: ${(error as Error).message.split('\n').slice(0, 2).join(' ')}`;
  }
  return found() ?? "Debian's openssh-server holds no sshd where it was looked for";
}

let programs: Programs | string | undefined;

/** Why tests with a real server can't run here; undefined: they can. */
export function whyNoSshd(): string | undefined {
  programs ??= findPrograms();
  return typeof programs === 'string' ? programs : undefined;
}

export interface TestBoard {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Private key file that it takes. */
  readonly identity: string;
  /** The user's home folder on the board. */
  readonly home: string;
  /** All that the server printed. */
  log(): string;
  /** Folder for PATH with an ssh of this machine that reads a configuration and known hosts of the test's own instead of the user's. */
  readonly programs: string;
  /** That configuration. */
  readonly configuration: string;
  /** Cuts every connection, as a switched-off board does; new ones are taken. */
  cut(): void;
  /** Gives the server another host key, as a board that was set up anew has. */
  changeHostKey(): Promise<void>;
  stop(): Promise<void>;
}

export interface BoardOptions {
  /** Lines for sshd_config. */
  readonly settings?: readonly string[];
  /** Environment of what runs on the board. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Its server takes no files; it does by default. */
  readonly sftp?: false;
  /** Script of sh that every command goes through: it is in SSH_ORIGINAL_COMMAND, "internal-sftp" for sftp, whose server is SFTP_SERVER then. */
  readonly wrapper?: string;
}

/** Starts a server with keys, user and home of its own in `folder` (a new temporary folder). Skip with `whyNoSshd()` first. */
export async function startBoard(options: BoardOptions = {}): Promise<TestBoard> {
  programs ??= findPrograms();
  if (typeof programs === 'string') throw new Error(programs);
  const { sshd, sftpServer, wrapper, libraries } = programs;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lathe-board-'));
  const [home, here] = [path.join(folder, 'home'), path.join(folder, 'here')];
  fs.mkdirSync(home);
  fs.mkdirSync(here);
  const port = await freePort();
  const key = (name: string): string => {
    fs.rmSync(name, { force: true });
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', name]);
    return fs.readFileSync(`${name}.pub`, 'utf8').trim();
  };
  const knownHosts = path.join(here, 'known_hosts');
  const [hostKey, identity] = [path.join(folder, 'host-key'), path.join(here, 'key')];
  const publicKey = key(identity);
  const write = (name: string, text: string): string => {
    fs.writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };
  const environment = Object.entries({ SFTP_SERVER: sftpServer, ...options.environment });
  const config = [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${write('authorized_keys', `${publicKey}\n`)}`,
    'UsePAM no',
    'StrictModes no',
    'PidFile none',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    ...(options.sftp === false ? [] : ['Subsystem sftp internal-sftp']),
    `SetEnv ${environment.map(([name, value]) => `${name}="${value}"`).join(' ')}`,
    ...(options.wrapper === undefined ? [] : [`ForceCommand sh ${write('wrapper.sh', options.wrapper)}`]),
    ...(options.settings ?? []),
  ];
  const serverConfiguration = write('sshd_config', `${config.join('\n')}\n`);
  const passwd = write('passwd', `board:x:${userId}:${userId}::${home}:/bin/sh\n`);
  const group = write('group', `board:x:${userId}:\n`);
  let log = '';
  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const hostPublic = key(hostKey);
    if (!fs.existsSync(knownHosts))
      fs.writeFileSync(knownHosts, `[127.0.0.1]:* ${hostPublic}\n`); /* any port: a test may stand in between */
    if (isRoot) execFileSync('chown', ['-R', `${nobody}:${nobody}`, home, hostKey, `${hostKey}.pub`, path.join(folder, 'authorized_keys')]);
    if (isRoot) fs.chmodSync(folder, 0o755);
    server = spawn(sshd, ['-D', '-e', '-f', serverConfiguration], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        LD_PRELOAD: wrapper,
        LD_LIBRARY_PATH: libraries.join(':'),
        NSS_WRAPPER_PASSWD: passwd,
        NSS_WRAPPER_GROUP: group,
      },
      ...(isRoot ? { uid: nobody, gid: nobody } : {}),
    });
    const child = server;
    await new Promise<void>((resolve, reject) => {
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        log += text;
        if (/Server listening/.test(text)) resolve();
      });
      child.once('exit', () => reject(new Error(`sshd ended: ${log}`)));
    });
  };
  const end = async (): Promise<void> => {
    if (!server || server.exitCode !== null) return;
    const gone = new Promise((resolve) => server?.once('exit', resolve));
    server.kill();
    await gone;
  };
  await start();
  const configuration = write('ssh_config', `UserKnownHostsFile ${knownHosts}\nGlobalKnownHostsFile /dev/null\nIdentityAgent none\n`);
  const ssh = execFileSync('sh', ['-c', 'command -v ssh'], { encoding: 'utf8' }).trim();
  // `-F` counts where it stands first.
  fs.writeFileSync(
    path.join(here, 'ssh'),
    `#!/bin/sh\ncase "$1" in -F) exec ${ssh} "$@" ;; *) exec ${ssh} -F ${configuration} "$@" ;; esac\n`,
    { mode: 0o755 },
  );
  return {
    host: '127.0.0.1',
    port,
    user: 'board',
    identity,
    home,
    log: () => log,
    programs: here,
    configuration,
    cut: () => connectionsOf(server?.pid).forEach(kill),
    async changeHostKey() {
      await end();
      await start();
    },
    async stop() {
      connectionsOf(server?.pid).forEach(kill);
      await end();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has ended with the other one
  }
}

/** The server has a child for each connection, and that one another. */
function connectionsOf(server: number | undefined): number[] {
  if (server === undefined) return [];
  const children = (pid: number): number[] => {
    const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
    return stdout
      .split('\n')
      .map(Number)
      .filter((child) => child > 0);
  };
  return children(server)
    .flatMap((child) => [child, ...children(child)])
    .reverse();
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
