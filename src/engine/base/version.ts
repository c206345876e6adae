/** Lathe's version, as in the manifest. */
export { version as latheVersion } from '../../../package.json';
