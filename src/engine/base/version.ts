/** Lathe's version, as in the manifest. */
export { version } from '../../../package.json';
