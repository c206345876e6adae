import type { Processes } from '../../base/command.ts';
import { askPython, findPython, lacking, packageNames, type Python } from './python.ts';
import { importSources } from './sources/index.ts';

/** What of the files of other frameworks could be imported here. */
export interface ImportReadiness {
  /** Absent: there is none. */
  readonly python?: Python;
  /** By kind of file, for people; what stands in the way. */
  readonly sources: readonly {
    readonly title: string;
    readonly found: readonly string[];
    readonly lacking: readonly string[];
    readonly install: string;
  }[];
}

/** Asks the Python that an import would use. Throws `import.python` when it does not answer. */
export async function importReadiness(
  processes: Processes,
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<ImportReadiness> {
  const program = await findPython(processes, environment);
  const names = importSources.flatMap(({ packages }) => packageNames(packages));
  const python = program === undefined ? undefined : await askPython(processes, program, names, signal);
  const sources = importSources.map(({ title, packages }) => ({
    title,
    found: packageNames(packages).flatMap((name) => (python?.packages[name] === undefined ? [] : [`${name} ${python.packages[name]}`])),
    lacking: python ? lacking(python, packages) : ['there is no Python'],
    install: `${program ?? 'python3'} -m pip install ${packages.map(({ name }) => name).join(' ')}`,
  }));
  return { ...(python ? { python } : {}), sources };
}
