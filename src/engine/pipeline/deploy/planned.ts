import type { PlannedCommand } from '../../../protocol/results/board.ts';
import { quoteCommand, quoteWord } from '../../transport/quote.ts';
import { masterArguments, sftpArguments } from '../../transport/ssh/arguments.ts';
import { remoteFolder } from '../../transport/ssh/connection.ts';
import { quoteSftp } from '../../transport/ssh/names.ts';
import { placeText, type Place } from '../../transport/ssh/place.ts';
import type { DeployEntry } from '../../targets/deploy-settings.ts';
import type { RunPlan } from '../../targets/run-plan.ts';

/** Most pictures are alike: so many lines of them are shown. */
const shownFiles = 6;
/** Of a new name for each job. */
const job = 'jobs/job-XXXXXX';

/** What is done on a board, command by command, without doing any of it. `place`: undefined where the entry names no host. */
export function plannedCommands(entry: DeployEntry, place: Place | undefined, model: string, plan: RunPlan): PlannedCommand[] {
  const line = { place: place ?? { host: 'HOST' } };
  const where = place ? placeText(place) : 'HOST';
  const folder = remoteFolder(entry.folder ?? 'lathe');
  const put = (local: string, to: string): string => `put ${quoteSftp(local)} ${quoteSftp(`${folder}/${job}/${to}`)}`;
  const puts = plan.files.map((file) => put('local' in file ? file.local : file.name, file.name));
  const [sent, more] = [puts.slice(0, shownFiles), puts.length - shownFiles];
  return [
    {
      title: 'Connect, and keep the job’s folder',
      where: 'here',
      text: quoteCommand(['ssh', ...masterArguments(line, quoteCommand(['sh', 'keeper.sh', folder, job.slice('jobs/'.length)]))]),
    },
    {
      title: `Copy ${plan.files.length} files, compared by sha256 when they are there`,
      where: 'here',
      text: [quoteCommand(['sftp', ...sftpArguments(line)]), ...sent, ...(more > 0 ? [`# and ${more} more`] : [])].join('\n'),
    },
    ...plan.steps.map(({ title, command }) => ({ title, where, text: `cd ${quoteWord(`${folder}/${job}`)} && ${quoteCommand(command)}` })),
    {
      title: 'Fetch results',
      where: 'here',
      text: [
        quoteCommand(['sftp', ...sftpArguments(line)]),
        ...plan.results.map((name) => `get ${quoteSftp(`${folder}/${job}/${name}${name.endsWith('/') ? '*' : ''}`)}`),
      ].join('\n'),
    },
    {
      title: entry.keep === false ? 'Clear away, the model too' : `Clear away; the model stays in ${folder}/models`,
      where,
      text: `rm -rf -- ${quoteWord(`${folder}/${job}`)}${entry.keep === false ? ` ${quoteWord(`${folder}/models/${model}`)}` : ''}`,
    },
  ];
}

/** The same on this machine, where nothing is copied over a line. */
export const plannedHere = ({ steps }: RunPlan): PlannedCommand[] =>
  steps.map(({ title, command }) => ({ title, where: 'here', text: quoteCommand(command) }));
