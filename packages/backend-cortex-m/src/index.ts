export { cortexM } from './backend';
