export { esp32 } from './backend';
