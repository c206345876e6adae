import type { ToolMessage } from '../compile-plan.ts';

/** What docker and podman say when they can't start a container, and what to do. Words of Docker 20 to 27 and Podman 4 and 5. */
const known: readonly { pattern: RegExp; code: string; message: string; hint: string }[] = [
  {
    pattern: /permission denied.*docker(?: daemon|\.sock| API)/i,
    code: 'container.permission',
    message: 'this user may not talk to Docker',
    hint: 'Add the user to the group docker and log in again, or use podman, which needs no rights (container: podman).',
  },
  {
    pattern: /cannot connect to the (?:docker daemon|podman)|error during connect|is the docker daemon running/i,
    code: 'container.not-running',
    message: 'Docker is installed but does not run',
    hint: 'Start Docker (systemctl start docker, or Docker Desktop), then try again.',
  },
  {
    pattern:
      /(?:no such image|unable to find image|image not known|does not resolve to an image|manifest unknown|manifest for .* not found|repository does not exist)/i,
    code: 'container.image',
    message: 'the container image is not on this machine, or has no such tag',
    hint: 'Fetch it first (docker pull IMAGE), or allow that with --pull.',
  },
  {
    pattern: /(?:executable file not found|no such file or directory).*(?:\/bin\/bash|unknown|exec)/i,
    code: 'container.program',
    message: 'the image has no bash or no such program',
    hint: 'Use an image of Vitis AI, of the framework that the model comes from.',
  },
  {
    pattern: /(?:invalid|incorrect).*(?:mount|volume)|mounts denied|bind source path does not exist|statfs .*no such file/i,
    code: 'container.mount',
    message: 'the folder can’t be seen from a container',
    hint: 'Docker Desktop and snap packages see only shared folders such as the home folder: choose one of them with -o.',
  },
  {
    pattern: /(?:container )?name .*is already in use/i,
    code: 'container.name',
    message: 'a container of this job is still there',
    hint: 'Remove it: docker rm --force NAME.',
  },
  {
    pattern: /no space left on device/i,
    code: 'container.disk',
    message: 'no space is left on the disk',
    hint: 'Free some; docker system df tells what images take.',
  },
  {
    pattern: /exec format error/i,
    code: 'container.platform',
    message: 'the image is for another kind of processor',
    hint: 'Vitis AI’s images are for x86-64: compile on such a machine.',
  },
];

/** A line of a container engine in our words; undefined for all else. */
export function containerMessage(line: string): ToolMessage | undefined {
  const found = known.find(({ pattern }) => pattern.test(line));
  return found && { severity: 'error', message: `${found.message}: ${line.trim()}`, code: found.code, hint: found.hint };
}
