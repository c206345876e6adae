/** What hosts may list without starting anything: light, never reaches ONNX Runtime. */
export { findSearchMethod, searchMethods } from './methods/index.ts';
